import { shortEnvironmentId } from "@seatrial/cli/environments/find-environment-id.ts";
import { elapsed } from "@seatrial/cli/terminal/elapsed.ts";
import { safeLine } from "@seatrial/cli/terminal/safe-text.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import {
  openCommitStates,
  type PullRequest,
  type PullRequestCommit,
} from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { Stage } from "./create-stage.ts";
import type { DemoWorld } from "./demo-world.ts";
import { suiteLines } from "./suite-lines.ts";
import { waitFor } from "./wait-for.ts";

const patienceSeconds = 600;

/** A commit at its end, as the hub tells it. */
export type CommitStory = {
  readonly commit: PullRequestCommit;
  readonly environment: Environment | null;
  readonly run: Run | null;
  readonly shards: readonly Shard[];
  readonly red: readonly RunResult[];
  readonly flaky: readonly RunResult[];
  /** From the webhook until the verdict was seen. */
  readonly milliseconds: number;
};

type Look = { commit: PullRequestCommit; environment: Environment | null; run: Run | null; shards: Shard[] };

/** Follows a commit from its webhook, sent at `began`, to its verdict, and tells environment and suites on the way. */
export async function followCommit(
  world: DemoWorld,
  stage: Stage,
  told: { readonly number: number; readonly sha: string; readonly began: number },
): Promise<CommitStory> {
  let isEnvironmentTold = false;
  let last = "the hub has not heard of it";
  const name = `the verdict of ${told.sha.slice(0, 7)}`;
  const end = await waitFor(world, { name, seconds: patienceSeconds, state: () => last }, async () => {
    const look = await lookAt(world, told.number, told.sha);
    if (look === null) return null;
    last = [look.commit.state, look.commit.reason, look.run?.reason].filter(Boolean).join(", ");
    if (!isEnvironmentTold && look.environment !== null && look.run?.startedAt) {
      isEnvironmentTold = true;
      stage.say(environmentLine(stage, look.environment, performance.now() - told.began));
    }
    if (!openCommitStates.some((state) => state === look.commit.state)) return look;
    stage.live(progressLines(stage, look, isEnvironmentTold));
    return null;
  });
  const milliseconds = performance.now() - told.began;
  if (end.run !== null) for (const line of suiteLines(end.run, end.shards, stage.output)) stage.say(line);
  return { ...end, ...(await readCases(world, end.run)), milliseconds };
}

async function lookAt(world: DemoWorld, number: number, sha: string): Promise<Look | null> {
  const pullRequest = await world.pullRequest(number);
  const commit = pullRequest?.commits.find((one) => one.sha === sha);
  if (pullRequest === null || commit === undefined) return null;
  const runId = commit.runs[0]?.runId ?? null;
  const [environment, run, shards] = await Promise.all([
    readEnvironment(world, pullRequest),
    runId === null ? null : world.project.getRun(runId),
    runId === null ? [] : world.project.listShards(runId),
  ]);
  return { commit, environment, run, shards };
}

async function readEnvironment(world: DemoWorld, { environments }: PullRequest): Promise<Environment | null> {
  const [newest] = environments;
  return newest === undefined ? null : world.project.getEnvironment(newest.environmentId);
}

async function readCases({ project }: DemoWorld, run: Run | null) {
  if (run === null) return { red: [], flaky: [] };
  const [failed, errored, flaky] = await Promise.all([
    project.listResults(run.id, { outcome: "failed", limit: 50 }),
    project.listResults(run.id, { outcome: "errored", limit: 50 }),
    project.listResults(run.id, { flaky: "true", limit: 50 }),
  ]);
  return { red: [...failed.items, ...errored.items], flaky: flaky.items };
}

function environmentLine({ output }: Stage, environment: Environment, milliseconds: number): string {
  const { id, name, cluster, endpoints, generation } = environment;
  const where = `environment ${safeLine(name, 40)} ${shortEnvironmentId(id)} · ${safeLine(cluster ?? "?", 40)}`;
  const address = safeLine(endpoints[0]?.url ?? "", 200);
  const how = generation > 1 ? "  updated in place" : "";
  return `${output.paint("green", "✓")} ${where}   ${elapsed(milliseconds)}  ${address}${how}`;
}

function progressLines({ output }: Stage, look: Look, isEnvironmentTold: boolean): string[] {
  const dot = output.paint("dim", "·");
  const { environment, run } = look;
  if (run === null) return [`${dot} ${look.commit.state}`];
  if (!isEnvironmentTold) return [`${dot} environment ${environment?.state ?? "requested"}`];
  return suiteLines(run, look.shards, output);
}
