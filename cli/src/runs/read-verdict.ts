import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { Output } from "../terminal/output.ts";
import { describeVerdict, namedCases } from "./describe-verdict.ts";

/** Reads what a finished run's verdict needs and prints it. */
export async function printVerdict(project: ProjectClient, run: Run, output: Output): Promise<void> {
  output.json(run);
  if (output.isJson) return;
  const shards = await project.listShards(run.id);
  const failed = await project.listResults(run.id, { outcome: "failed", limit: namedCases });
  const errored = await project.listResults(run.id, { outcome: "errored", limit: namedCases });
  for (const line of describeVerdict(run, shards, [...failed.items, ...errored.items], output))
    output.print(line);
}
