import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";

/** How long each attempt of these commits held its slot, by the hub's clock. */
export async function slotSecondsOf(project: ProjectClient, numbers: readonly number[]): Promise<number[]> {
  const wanted = new Set(numbers);
  const seconds: number[] = [];
  for await (const pull of readPages((page) => project.listPullRequests(page))) {
    if (!wanted.has(pull.number)) continue;
    for (const { runs } of pull.commits)
      for (const { runId } of runs) if (runId !== null) seconds.push(...(await ofRun(project, runId)));
  }
  return seconds;
}

async function ofRun(project: ProjectClient, runId: string): Promise<number[]> {
  const shards = await project.listShards(runId);
  return shards.flatMap(({ attempts }) =>
    attempts.flatMap(({ leasedAt, endedAt }) =>
      leasedAt === null || endedAt === null ? [] : [(Date.parse(endedAt) - Date.parse(leasedAt)) / 1_000],
    ),
  );
}
