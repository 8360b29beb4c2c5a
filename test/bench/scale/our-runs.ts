import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import type { CreateRunInput } from "@seatrial/contracts/runs/run.ts";

/** Shards as suites of one plain command; a run holds at most 25 000 of them. */
export function planRuns(shards: number): CreateRunInput[] {
  const suites = split(shards, limits.shardsPerSuite).map((share, index) => ({
    name: `suite-${index}`,
    tool: null,
    image: "bench/image",
    command: ["true"],
    shards: share,
    resources: { cpuMillis: 50, memoryBytes: 64 * 1_048_576 },
    timeoutSeconds: 300,
  }));
  const runs: CreateRunInput[] = [];
  for (let first = 0; first < suites.length; first += limits.suitesPerRun)
    runs.push({ suites: suites.slice(first, first + limits.suitesPerRun) });
  return runs;
}

function split(total: number, most: number): number[] {
  const parts = Array.from({ length: Math.floor(total / most) }, () => most);
  return total % most === 0 ? parts : [...parts, total % most];
}

/** Runs this many shards and answers in seconds, by the hub's clock: first request → last run settled. Throws unless all pass. */
export async function runShards(project: ProjectClient, shards: number): Promise<number> {
  const begin = Date.now();
  const made = await Promise.all(planRuns(shards).map((run) => project.createRun(run)));
  const ended = await Promise.all(made.map(({ id }) => untilFinished(project, id)));
  return (Math.max(...ended) - begin) / 1_000;
}

async function untilFinished(project: ProjectClient, id: string): Promise<number> {
  for (;;) {
    const run = await project.getRun(id);
    if (run.finishedAt !== null && run.state === "passed") return Date.parse(run.finishedAt);
    if (run.finishedAt !== null) throw new Error(`run ${id} is ${run.state}: ${run.reason ?? "no reason"}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
