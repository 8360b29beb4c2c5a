import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { summarize } from "./describe-comparison.ts";
import { describeVerdict, namedCases } from "./describe-verdict.ts";
import { shortRunId } from "./short-run-id.ts";

/** Reads what a finished run's verdict needs and prints it. */
export async function printVerdict(project: ProjectClient, run: Run, output: Output): Promise<void> {
  const lines = await readVerdict(project, run, output);
  output.json(run);
  for (const line of lines) output.print(line);
}

/** The lines of a finished run's verdict; none in JSON mode, where the run is all. */
export async function readVerdict(project: ProjectClient, run: Run, output: Output): Promise<string[]> {
  if (output.isJson) return [];
  const shards = await project.listShards(run.id);
  const failed = await project.listResults(run.id, { outcome: "failed", limit: namedCases });
  const errored = await project.listResults(run.id, { outcome: "errored", limit: namedCases });
  const red = [...failed.items, ...errored.items];
  return [...describeVerdict(run, shards, red, output), ...(await describePlaces(project, run))];
}

/** Where the places of a run differ, which its verdict does not say. */
async function describePlaces(project: ProjectClient, run: Run): Promise<string[]> {
  if (run.suites.every(({ origin }) => origin === null)) return [];
  const compared = await project.compareRun(run.id, { limit: 1 }).catch((error: unknown) => {
    // Whoever waits for the hub asks again; a comparison that cannot be read must not hide the verdict.
    if (error instanceof SeatrialError && error.code !== "unavailable") return null;
    throw error;
  });
  if (compared === null)
    return [`  the places could not be compared: seatrial runs compare ${shortRunId(run.id)}`];
  const { suites } = compared;
  const lines = (suites ?? []).map((suite) => `  ${safeLine(suite.suite, 40)}: ${summarize(suite)}`);
  return [...lines, `  seatrial runs compare ${shortRunId(run.id)}`];
}
