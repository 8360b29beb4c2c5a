import type { ConfigurationError } from "@seatrial/contracts/configuration/configuration-error.ts";
import { parseConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { CommitSource } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { and, eq, notInArray } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { findContent } from "../contents/find-content.ts";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequestRuns } from "../database/schema/pull-requests.ts";
import { transact } from "../database/transact.ts";
import { lockPullRequest } from "../pull-requests/lock-pull-request.ts";
import { notePullRequest } from "../pull-requests/note-pull-request.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { safeTexts } from "../reports/safe-text.ts";
import { awaitImages } from "./await-images.ts";
import { shortSha } from "./change-of.ts";
import { chooseRuns } from "./choose-runs.ts";
import { readCommit, whereCommit } from "./find-commit.ts";
import { refuseUnapproved } from "./read-source-duty.ts";
import { endCommit, wantRuns } from "./write-commit.ts";

/**
 * Takes what a commit is: reads its configuration, chooses its runs, and says what they wait for. One that is fetched
 * already, or that another came after, is left alone, and so is one that was fetched for another base branch. Throws `not_found`, `content_missing` when its content was not
 * stored before, and `conflict` for a fork's commit that nobody approved.
 */
export async function takeSource(
  deps: HubDeps,
  pullRequestId: string,
  sha: string,
  said: CommitSource,
  baseBranch?: string,
): Promise<void> {
  // From a repository that anybody may write to; what cannot be stored would fail each repeat as well.
  const source = safeTexts(said);
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const pullRequest = await lockPullRequest(tx, pullRequestId);
    const commit = await readCommit(tx, pullRequest, sha);
    refuseUnapproved(pullRequest, commit);
    if (commit.state !== "fetching" || sha !== pullRequest.headSha) return;
    // It is still to be fetched: the files that it changes against this base are others.
    if (baseBranch !== undefined && baseBranch !== pullRequest.baseBranch) return;
    await store(tx, pullRequest, commit, source, at);
    await notePullRequest(tx, wake, pullRequest, at);
  });
}

async function store(
  tx: Transaction,
  pullRequest: PullRequestRow,
  commit: CommitRow,
  source: CommitSource,
  at: Date,
): Promise<void> {
  const { changedFiles, problem } = source;
  await tx.update(pullRequestCommits).set({ changedFiles }).where(whereCommit(commit));
  if (problem !== null) return endCommit(tx, commit, { state: "errored", reason: problem }, at);
  if (source.configuration === null)
    return endCommit(
      tx,
      commit,
      { state: "ignored", reason: `${whose(pullRequest, commit)} is not there` },
      at,
    );
  const { configuration, errors } = parseConfiguration(source.configuration);
  if (errors !== undefined) return endCommit(tx, commit, wrong(pullRequest, commit, errors), at);
  const content = await storedContent(tx, pullRequest, source.contentSha256);
  await tx
    .update(pullRequestCommits)
    .set({ ...content, configuration })
    .where(whereCommit(commit));
  const runs = chooseRuns(configuration, { ...pullRequest, changedFiles });
  if (runs.length === 0)
    return endCommit(tx, commit, { state: "ignored", reason: whyNone(configuration, pullRequest) }, at);
  const awaiting = awaitImages(pullRequest, { ...commit, images: {} }, configuration, runs);
  if (awaiting.problem !== undefined)
    return endCommit(tx, commit, { state: "errored", reason: awaiting.problem }, at);
  await tx
    .update(pullRequestCommits)
    .set({ ...awaiting, imagesSince: at, imagesLookedAt: null, endedAt: null })
    .where(whereCommit(commit));
  const names = runs.map(({ name }) => name);
  await forgetOthers(tx, commit, names);
  await wantRuns(tx, commit, names, { onlyFailed: false, at });
}

/** What applied when the commit was begun before, and does not any more, has no word on its verdict. */
async function forgetOthers(tx: Transaction, commit: CommitRow, names: readonly string[]): Promise<void> {
  const { pullRequestId, sha, name } = pullRequestRuns;
  await tx
    .delete(pullRequestRuns)
    .where(and(eq(pullRequestId, commit.pullRequestId), eq(sha, commit.sha), notInArray(name, [...names])));
}

async function storedContent(tx: Transaction, { projectId }: PullRequestRow, sha256: string | null) {
  const content = sha256 === null ? undefined : await findContent(tx, projectId, sha256);
  if (content !== undefined) return { contentId: content.id, contentSha256: sha256 };
  throw new SeatrialError(
    "content_missing",
    `The content ${sha256 ?? "of the commit"} is not there: upload it first (PUT …/content/<sha256>).`,
  );
}

function whose({ fork }: PullRequestRow, { baseSha }: CommitRow): string {
  return fork
    ? `seatrial.yaml of the base commit ${shortSha(baseSha)} (which counts for a fork)`
    : "seatrial.yaml";
}

function wrong(pullRequest: PullRequestRow, commit: CommitRow, errors: readonly ConfigurationError[]) {
  const problems = errors.map(({ line, field, message, fix }) => {
    const place = field === "" ? "" : `${field}: `;
    return { line, message: `${place}${message}${fix ? ` (${fix})` : ""}` };
  });
  const [first] = problems;
  const more = problems.length > 1 ? `; and ${problems.length - 1} more` : "";
  const reason = `${whose(pullRequest, commit)} is wrong in line ${first?.line}: ${first?.message}${more}`;
  return { state: "errored" as const, reason, problems };
}

function whyNone({ runs }: NonNullable<CommitRow["configuration"]>, { draft }: PullRequestRow): string {
  if (!runs.some(({ trigger }) => trigger.kind === "pull_request"))
    return "no run of seatrial.yaml starts with a pull request (when: {pull_request: …})";
  return draft
    ? "no run applies: it is a draft, and no run asks for drafts"
    : "no run applies to its files, base branch and labels";
}
