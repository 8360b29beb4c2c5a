import type { CommitState } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { changedHere } from "./changed-here.ts";
import { type CommitWorld, checkState, commitWords } from "./check-state.ts";
import { isRedCommit } from "./check-summary.ts";
import { commitWorlds, newestOfEach } from "./commit-worlds.ts";
import { digestOf } from "./digest.ts";
import { environmentLine } from "./environment-lines.ts";
import { fitBytes } from "./fit-bytes.ts";
import type { ReportWorld } from "./report-world.ts";
import { join, runText } from "./run-text.ts";
import { code, shortSha } from "./safe-markdown.ts";

const mostRed = 5;
const mostOlder = 5;
type Comment = NonNullable<PullRequestReport["comment"]>;

/**
 * The one comment of a pull request, or null while there is nothing that a check does not say better: the newest commit,
 * the environments with their addresses or the proof of their removal, and older commits in a line.
 */
export function drawComment(world: ReportWorld): Comment | null {
  const { pullRequest } = world;
  const [newest, ...older] = commitWorlds(world);
  if (newest === undefined || (pullRequest.commentId === null && !isWorthOne(world))) return null;
  const marker = `<!-- seatrial pull-request ${pullRequest.id} -->`;
  const paragraphs = [
    [marker],
    [headline(newest)],
    ...newestText(newest),
    newestOfEach(world.environments).map((one) => `- ${environmentLine(one)}`),
    olderLines(older),
    refusalLine(world),
    pullRequest.state === "open" ? [commandLine] : [],
  ];
  const body = fitBytes(join(paragraphs));
  return { commentId: pullRequest.commentId, marker, body, digest: digestOf(body) };
}

const commandLine =
  "Commands: `/seatrial rerun`, `/seatrial extend 4h`, `/seatrial down`, `/seatrial up`. They are for people with write access.";

function isWorthOne({ commits, environments }: ReportWorld): boolean {
  const quiet: readonly CommitState[] = ["fetching", "ignored", "superseded", "cancelled"];
  return environments.length > 0 || commits.some(({ state }) => !quiet.includes(state));
}

function headline(newest: CommitWorld): string {
  const { sha, state } = newest.commit;
  const { title } = checkState(newest);
  return `**Seatrial** ${shortSha(sha)} **${commitWords[state]}**: ${code(title, 250)}`;
}

/** Of the newest commit: what came of its runs. The check has all of it. */
function newestText(newest: CommitWorld): string[][] {
  const { commit, runs, environments } = newest;
  if (commit.state === "approval_needed" || commit.state === "superseded") return [];
  const said = checkState(newest).title;
  return [
    ...runs.flatMap((run) => runText(run, { isNamed: runs.length > 1, mostRed, said })),
    isRedCommit(commit) ? changedHere(commit.changedFiles, runs, environments) : [],
  ];
}

function olderLines(older: readonly CommitWorld[]): string[] {
  const lines = older
    .slice(0, mostOlder)
    .map(({ commit }) => `${shortSha(commit.sha)} ${commitWords[commit.state]}`);
  return lines.length === 0 ? [] : [`Before: ${lines.join(" · ")}`];
}

/** What was last asked for and not done: a reaction alone does not say why. */
function refusalLine({ lastCommand }: ReportWorld): string[] {
  if (lastCommand?.state !== "refused" || lastCommand.reason === null) return [];
  const what = lastCommand.kind === null ? "A command" : code(`/seatrial ${lastCommand.kind}`, 40);
  return [`${what} of ${code(lastCommand.login, 100)} was refused: ${code(lastCommand.reason, 300)}`];
}
