import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { elapsedBetween } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { formatTable } from "../terminal/table.ts";
import { describeSuite } from "./describe-suite.ts";
import { describeWaiting, nameOf } from "./explain-run.ts";
import { findRunId } from "./find-run-id.ts";
import { printVerdict } from "./read-verdict.ts";
import { shortRunId } from "./short-run-id.ts";
import { watchRun } from "./watch-run.ts";

/** Adds `seatrial runs show`. */
export function registerShowRun(runs: Command): void {
  runs
    .command("show")
    .description("one run: its suites, verdict and red tests")
    .argument("<run>", "its id, the start of it, or last")
    .option("--watch", "go on until the verdict, which is then the exit code")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, options: { watch?: boolean }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      if (options.watch) {
        process.exitCode = await watchRun(project, runId, output);
        return;
      }
      const run = await project.getRun(runId);
      if (runIsOver(run.state)) return printVerdict(project, run, output);
      output.json(run);
      const shards = output.isJson ? [] : await project.listShards(runId);
      for (const line of formatTable(run.suites.map((suite) => describeSuite(suite, shards, output))))
        output.print(line);
      const isWaiting = shards.some(({ state }) => state === "queued");
      for (const line of isWaiting ? await waitingLines(project, runId, output) : []) output.print(line);
      output.print(`${run.state.toUpperCase()}  ${elapsedBetween(run.createdAt, null, Date.now())}`);
    });
}

/** So many shards that wait are named: `seatrial runs explain` has all of them, cluster by cluster. */
const mostLines = 20;

/** A line for each shard that waits. */
async function waitingLines(project: ProjectClient, runId: string, output: Output): Promise<string[]> {
  const items = await Array.fromAsync(readPages((page) => project.listPlacement(runId, page)));
  const waiting = items.flatMap((shard) =>
    shard.waiting === null ? [] : [`  ${nameOf(shard)}  ${describeWaiting(shard.waiting, output)}`],
  );
  const more = waiting.length - mostLines;
  const rest = more > 0 ? [`  and ${more} more: seatrial runs explain ${shortRunId(runId)}`] : [];
  return [...waiting.slice(0, mostLines), ...rest];
}
