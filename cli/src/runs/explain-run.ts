import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { PlacementReason, ShardPlacement } from "@seatrial/contracts/placement/placement.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { findRunId } from "./find-run-id.ts";

/** Adds `seatrial runs explain`. */
export function registerExplainRun(runs: Command): void {
  runs
    .command("explain")
    .description("why each shard is where it is, or why it waits and what each cluster says to it")
    .argument("<run>", "its id, the start of it, or last")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, _options: unknown, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      const items = await Array.fromAsync(readPages((page) => project.listPlacement(runId, page)));
      output.json({ items });
      if (items.length === 0) output.print("no shards yet: the run waits for its plan or its environment");
      for (const line of items.flatMap((shard) => explainShard(shard, output))) output.print(line);
    });
}

/** A line for a shard that was placed; for one that waits also one for each cluster. */
function explainShard(shard: ShardPlacement, output: Output): string[] {
  const name = nameOf(shard);
  if (shard.waiting === null) {
    const why = shard.reasons.map(wordsOf).join("; ");
    return [`${name}  ${shard.cluster ?? "nowhere"}  ${output.paint("dim", why)}`.trimEnd()];
  }
  const { clusters } = shard.waiting;
  const width = Math.max(...clusters.map(({ cluster }) => cluster.length), 0);
  return [
    `${name}  ${describeWaiting(shard.waiting, output)}`,
    ...clusters.map(({ cluster, against }) => {
      const why = against.length === 0 ? "takes it when it asks next" : against.map(wordsOf).join("; ");
      return `    ${cluster.padEnd(width)}  ${why}`;
    }),
  ];
}

/** `api 3`, counted from 1, or `api list`. */
export function nameOf({ suite, kind, index }: ShardPlacement): string {
  return `${safeLine(suite, 110)} ${kind === "list" ? "list" : index + 1}`;
}

/** How long it waits, what is nearest to taking it, and how many are in front of it. */
export function describeWaiting(
  { sinceSeconds, ahead, reasons, clusters }: NonNullable<ShardPlacement["waiting"]>,
  output: Output,
): string {
  const since = output.paint("yellow", `waits ${elapsed(sinceSeconds * 1_000)}`);
  const taker = clusters.find(({ against }) => against.length === 0);
  const why = taker ? `${taker.cluster} takes it when it asks next` : reasons.map(wordsOf).join("; ");
  return [since, ahead > 0 ? `${ahead} in front` : "", why].filter((part) => part !== "").join(" · ");
}

function wordsOf({ message }: PlacementReason): string {
  return safeLine(message, 200);
}
