import { newId } from "@seatrial/contracts/ids.ts";
import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequests } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import type { RepositoryRow } from "../repositories/find-repository.ts";
import { becomeHead, findCommit } from "./become-head.ts";
import { cleanTelling } from "./clean-line.ts";
import { isNews, type TellingVia } from "./is-news.ts";
import { lockNumbered } from "./lock-pull-request.ts";
import { notePullRequest } from "./note-pull-request.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

export type Sight = {
  /** As it stands now, locked. */
  readonly row: PullRequestRow;
  /** `stale`: a later telling came before, and this one changed nothing. */
  readonly outcome: "changed" | "same" | "stale";
  /** Since when the hub had known the telling's head commit as the head, before the telling came; null: it had not. */
  readonly headSince: Date | null;
};

/**
 * Takes what the forge tells of a pull request, by a webhook or in a sweep. The newest telling wins, in whatever order
 * they come and however often: one that is older than what is written changes nothing. The repository must be locked.
 */
export async function seePullRequest(
  tx: Transaction,
  wake: Wake,
  repository: RepositoryRow,
  telling: { told: ForgePullRequest; via: TellingVia },
  at: Date,
): Promise<Sight> {
  const told = cleanTelling(telling.told);
  const fields = fieldsOf(repository, told);
  const before = await lockNumbered(tx, repository, told.number);
  if (before === undefined) {
    const row = await insert(tx, repository, { number: told.number, ...fields }, at);
    if (row === undefined) return seePullRequest(tx, wake, repository, telling, at);
    if (row.state === "open") {
      await becomeHead(tx, row, at);
      await notePullRequest(tx, wake, row, at);
    }
    return { row, outcome: "changed", headSince: null };
  }
  const known = before.headSha === told.headSha ? await findCommit(tx, before, told.headSha) : undefined;
  const headSince = known?.createdAt ?? null;
  if (!isNews(before, told, telling.via)) return { row: before, outcome: "stale", headSince };
  const row = await update(tx, before, fields, at);
  if (!isDifferent(before, row)) return { row, outcome: "same", headSince };
  if (row.state === "open") await takeHead(tx, before, row, at);
  await notePullRequest(tx, wake, row, at);
  return { row, outcome: "changed", headSince };
}

type Fields = ReturnType<typeof fieldsOf>;

function fieldsOf({ name }: RepositoryRow, told: ForgePullRequest) {
  const { number: _number, updatedAt, ...fields } = told;
  // Names are compared as GitHub compares them. A repository that is gone was another one.
  const fork = told.headRepository?.toLowerCase() !== name.toLowerCase();
  return { ...fields, fork, forgeUpdatedAt: new Date(updatedAt) };
}

/** Undefined: somebody else inserted it meanwhile. */
async function insert(
  tx: Transaction,
  { id: repositoryId, projectId }: RepositoryRow,
  fields: Fields & { number: number },
  at: Date,
): Promise<PullRequestRow | undefined> {
  const closedAt = fields.state === "open" ? null : at;
  const own = { id: newId("pullRequest"), repositoryId, projectId };
  const [row] = await tx
    .insert(pullRequests)
    .values({ ...own, ...fields, closedAt, createdAt: at, updatedAt: at })
    .onConflictDoNothing()
    .returning();
  return row;
}

async function update(
  tx: Transaction,
  before: PullRequestRow,
  fields: Fields,
  at: Date,
): Promise<PullRequestRow> {
  const isNewHead = before.headSha !== fields.headSha;
  const isReopened = before.state !== "open" && fields.state === "open";
  const closedAt = fields.state === "open" ? null : (before.closedAt ?? at);
  const wanted = before.wanted || isNewHead || isReopened;
  const [row] = await tx
    .update(pullRequests)
    .set({ ...fields, closedAt, wanted })
    .where(eq(pullRequests.id, before.id))
    .returning();
  if (row === undefined) throw new Error(`Pull request ${before.id} vanished while it was locked.`);
  return row;
}

/** The base moves by itself, which is no news of the pull request. */
function isDifferent(before: PullRequestRow, row: PullRequestRow): boolean {
  const texts = ["state", "draft", "title", "author", "baseBranch", "headBranch", "headSha", "fork"] as const;
  if (texts.some((field) => before[field] !== row[field])) return true;
  return before.labels.join("\n") !== row.labels.join("\n");
}

async function takeHead(
  tx: Transaction,
  before: PullRequestRow,
  row: PullRequestRow,
  at: Date,
): Promise<void> {
  const isElsewhere = before.baseBranch !== row.baseBranch;
  if (isElsewhere && row.fork) await dropApprovals(tx, row);
  const commit = await findCommit(tx, row, row.headSha);
  const isReopened = before.state !== "open";
  const isOver = commit !== undefined && commit.endedAt !== null;
  const isAnew = isOver ? isReopened || isElsewhere : isElsewhere && row.fork;
  if (commit === undefined || before.headSha !== row.headSha || isAnew) await becomeHead(tx, row, at);
}

/**
 * Who approved did so with the base of then in view, whose configuration counted. A fork's author may choose another base
 * at any time, also an old one with looser rules.
 */
async function dropApprovals(tx: Transaction, { id }: PullRequestRow): Promise<void> {
  await tx
    .update(pullRequestCommits)
    .set({ approvedBy: null, approvedAt: null })
    .where(eq(pullRequestCommits.pullRequestId, id));
}
