import { newId } from "@seatrial/contracts/ids.ts";
import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { pullRequestCommits, pullRequests } from "../database/schema/pull-requests.ts";
import type { Wake } from "../database/transact.ts";
import { isAnother, type RepositoryRow } from "../repositories/find-repository.ts";
import { becomeHead, findCommit } from "./become-head.ts";
import { cleanTelling } from "./clean-line.ts";
import { isNews, type TellingVia } from "./is-news.ts";
import { lockNumbered } from "./lock-pull-request.ts";
import { notePullRequest } from "./note-pull-request.ts";
import type { CommitRow, PullRequestRow } from "./pull-request-row.ts";

export type Sight = {
  /** As it stands now, locked. */
  readonly row: PullRequestRow;
  /** `stale`: a later telling came before, and this one changed nothing. */
  readonly outcome: "changed" | "same" | "stale";
  /**
   * Since when the hub had known the telling's head commit as the head, at the telling's base, before the telling came;
   * null: it had not.
   */
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
    // Before it was opened it went nowhere, and nobody commented.
    const isFirst = telling.via !== "sweep" && telling.via.action === "opened";
    const baseSince = isFirst ? null : fields.forgeUpdatedAt;
    const row = await insert(tx, repository, { number: told.number, baseSince, ...fields }, at);
    if (row === undefined) return seePullRequest(tx, wake, repository, telling, at);
    if (row.state === "open") {
      await becomeHead(tx, wake, row, at);
      await notePullRequest(tx, wake, row, at);
    }
    return { row, outcome: "changed", headSince: null };
  }
  const isThere = before.headSha === told.headSha && before.baseBranch === told.baseBranch;
  const known = isThere ? await findCommit(tx, before, told.headSha) : undefined;
  const headSince = known?.createdAt ?? null;
  if (!isNews(before, told, telling.via)) return { row: before, outcome: "stale", headSince };
  const row = await update(tx, before, fields, at);
  if (!isDifferent(before, row)) return { row, outcome: "same", headSince };
  await takeHead(tx, wake, before, row, at);
  await notePullRequest(tx, wake, row, at);
  return { row, outcome: "changed", headSince };
}

type Fields = ReturnType<typeof fieldsOf>;

function fieldsOf(repository: RepositoryRow, told: ForgePullRequest) {
  const { number: _number, updatedAt, headRepositoryId: _head, baseRepositoryId: _base, ...rest } = told;
  const { baseRepository: _baseName, ...fields } = rest;
  return { ...fields, fork: isFork(repository, told), forgeUpdatedAt: new Date(updatedAt) };
}

/**
 * Whether the head is of another repository than the base, both as the forge tells them: by numbers, else by names as
 * GitHub compares them. The hub's own name of the repository is old after a move, and counts only where nothing else is
 * told. One that is gone was another one, and so is a base that is not the connected repository.
 */
function isFork(repository: RepositoryRow, told: ForgePullRequest): boolean {
  const { headRepository, headRepositoryId, baseRepositoryId } = told;
  if (headRepository === null || isAnother(repository, baseRepositoryId ?? null)) return true;
  if (headRepositoryId && baseRepositoryId) return headRepositoryId !== baseRepositoryId;
  const baseRepository = told.baseRepository ?? repository.name;
  return headRepository.toLowerCase() !== baseRepository.toLowerCase();
}

/** Undefined: somebody else inserted it meanwhile. */
async function insert(
  tx: Transaction,
  { id: repositoryId, projectId }: RepositoryRow,
  fields: Fields & { number: number; baseSince: Date | null },
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
  const baseSince = before.baseBranch === fields.baseBranch ? before.baseSince : fields.forgeUpdatedAt;
  const [row] = await tx
    .update(pullRequests)
    .set({ ...fields, baseSince, closedAt, wanted })
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

/**
 * Begins the head commit, or begins it anew: at another base other files count as changed, and of a fork another
 * configuration. A closed pull request begins nothing; at another base, what is still open of it is begun anew all the
 * same, so that it does not go on as it was when the pull request is opened again at once.
 */
async function takeHead(
  tx: Transaction,
  wake: Wake,
  before: PullRequestRow,
  row: PullRequestRow,
  at: Date,
): Promise<void> {
  const isElsewhere = before.baseBranch !== row.baseBranch;
  if (isElsewhere) await dropApprovals(tx, row);
  const commit = await findCommit(tx, row, row.headSha);
  const isOpen = commit !== undefined && commit.endedAt === null;
  if (row.state !== "open") {
    if (isElsewhere && isOpen) await becomeHead(tx, wake, row, at);
    return;
  }
  const isNewHead = commit === undefined || before.headSha !== row.headSha;
  const isReopened = before.state !== "open";
  const isOtherwise = isOpen ? waitsWrongly(row, commit) : isReopened;
  if (isNewHead || isElsewhere || isOtherwise) await becomeHead(tx, wake, row, at);
}

/** It goes on without the approval that it needs, or waits for one that it does not need. */
function waitsWrongly({ fork }: PullRequestRow, { state, approvedAt }: CommitRow): boolean {
  return (fork && approvedAt === null) !== (state === "approval_needed");
}

/**
 * Who approved did so with the base of then in view, whose configuration counted. A fork's author may choose another base
 * at any time, also an old one with looser rules, and also while the pull request is closed.
 */
async function dropApprovals(tx: Transaction, { id }: PullRequestRow): Promise<void> {
  await tx
    .update(pullRequestCommits)
    .set({ approvedBy: null, approvedAt: null })
    .where(eq(pullRequestCommits.pullRequestId, id));
}
