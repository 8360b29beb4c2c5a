import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type {
  EnvironmentPlacement,
  PlacementReason,
  ShardPlacement,
  Waiting,
} from "@seatrial/contracts/placement/placement.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
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
    .description("why each shard is where it is, or why it or its environment waits, cluster by cluster")
    .argument("<run>", "its id, the start of it, or last")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, _options: unknown, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      const { items, environment } = await readPlacement(project, runId);
      output.json({ items, environment });
      if (items.length === 0) output.print(whyNoShards(await project.getRun(runId), environment));
      for (const line of environment === null ? [] : explainEnvironment(environment, output))
        output.print(line);
      for (const line of items.flatMap((shard) => explainShard(shard, output))) output.print(line);
    });
}

/** Of each shard, and of the environment that a run without any waits for; null: for none. */
async function readPlacement(project: ProjectClient, runId: string) {
  const environments: EnvironmentPlacement[] = [];
  const pages = readPages(async (query) => {
    const page = await project.listPlacement(runId, query);
    if (page.environment) environments.splice(0, 1, page.environment);
    return page;
  });
  const items: ShardPlacement[] = await Array.fromAsync(pages);
  return { items, environment: environments[0] ?? null };
}

/** A hub of before does not tell which of both a run waits for. */
function whyNoShards({ state, reason }: Run, environment: EnvironmentPlacement | null): string {
  if (runIsOver(state))
    return `no shards: the run is ${state}${reason ? `: ${safeLine(reason, 2_000)}` : ""}`;
  const what = environment === null ? "its plan or its environment" : "its environment";
  return `no shards yet: the run waits for ${what}`;
}

/** A line for the environment, and one for each cluster while nobody has taken it. */
function explainEnvironment(environment: EnvironmentPlacement, output: Output): string[] {
  const { waiting, state, cluster, reason } = environment;
  const name = `environment ${safeLine(environment.name, 110)}`;
  if (waiting !== null) return [`${name}  ${describeWaiting(waiting, output)}`, ...clusterLines(waiting)];
  const why = output.paint("dim", safeLine(reason ?? "", 200));
  return [`${name}  ${state}${cluster === null ? "" : ` in ${cluster}`}  ${why}`.trimEnd()];
}

/** A line for a shard that was placed; for one that waits also one for each cluster. */
function explainShard(shard: ShardPlacement, output: Output): string[] {
  const name = nameOf(shard);
  if (shard.waiting === null) {
    const why = shard.reasons.map(wordsOf).join("; ");
    return [`${name}  ${shard.cluster ?? "nowhere"}  ${output.paint("dim", why)}`.trimEnd()];
  }
  return [`${name}  ${describeWaiting(shard.waiting, output)}`, ...clusterLines(shard.waiting)];
}

/** What each cluster says to it. */
function clusterLines({ clusters }: Waiting): string[] {
  const width = Math.max(...clusters.map(({ cluster }) => cluster.length), 0);
  return clusters.map(({ cluster, against }) => {
    const why = against.length === 0 ? "takes it when it asks next" : against.map(wordsOf).join("; ");
    return `    ${cluster.padEnd(width)}  ${why}`;
  });
}

/** `api 3`, counted from 1, or `api list`. */
export function nameOf({ suite, kind, index }: ShardPlacement): string {
  return `${safeLine(suite, 110)} ${kind === "list" ? "list" : index + 1}`;
}

/** How long it waits, what is nearest to taking it, and how many are in front of it. */
export function describeWaiting({ sinceSeconds, ahead, reasons, clusters }: Waiting, output: Output): string {
  const since = output.paint("yellow", `waits ${elapsed(sinceSeconds * 1_000)}`);
  const taker = clusters.find(({ against }) => against.length === 0);
  const why = taker ? `${taker.cluster} takes it when it asks next` : reasons.map(wordsOf).join("; ");
  return [since, ahead > 0 ? `${ahead} in front` : "", why].filter((part) => part !== "").join(" · ");
}

function wordsOf({ message }: PlacementReason): string {
  return safeLine(message, 200);
}
