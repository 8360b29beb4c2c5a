import type { PullRequestCommit } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommits, pullRequestRuns } from "../database/schema/pull-requests.ts";
import { runs } from "../database/schema/runs.ts";
import { countResults, sumCounts } from "../results/count-results.ts";
import type { CommitRow } from "./pull-request-row.ts";

/** A view shows at most so many commits of a pull request, the newest. */
const shownCommits = 20;
const {
  pullRequestId,
  number,
  sha: commitSha,
  state,
  reason,
  approvedBy,
  images,
  createdAt,
  endedAt,
} = pullRequestCommits;
/** Not its configuration and changed files: they may be large. */
const shownColumns = {
  ...{ pullRequestId, number, sha: commitSha, state, reason, approvedBy, images, createdAt, endedAt },
};
type ShownCommit = Pick<CommitRow, keyof typeof shownColumns>;

/**
 * The newest commits of pull requests with their runs, by the pull request's id, newest first. Results are counted of
 * all these commits, or of the newest one alone where many pull requests are listed.
 */
export async function readCommits(
  queryable: Queryable,
  ids: readonly string[],
  counted: "all" | "newest",
): Promise<Map<string, PullRequestCommit[]>> {
  const rows: ShownCommit[] = await queryable
    .select(shownColumns)
    .from(pullRequestCommits)
    .where(
      and(
        inArray(pullRequestId, [...ids]),
        sql`${number} > (select max(c.number) - ${shownCommits} from ${pullRequestCommits} c
          where c.pull_request_id = ${pullRequestId})`,
      ),
    )
    .orderBy(desc(number));
  const own = Map.groupBy(rows, (row) => row.pullRequestId);
  const newest = [...own.values()].flatMap((commits) => commits.slice(0, counted === "all" ? undefined : 1));
  const runsOf = await readRuns(queryable, rows, new Set(newest.map(runKey)));
  const views = [...own].map(
    ([id, commits]) => [id, commits.map((row) => commitView(row, runsOf.get(runKey(row)) ?? []))] as const,
  );
  return new Map(views);
}

type RunParts = PullRequestCommit["runs"];
const runKey = ({ pullRequestId, sha }: { pullRequestId: string; sha: string }) => `${pullRequestId} ${sha}`;

/** The last attempt of each run counts. */
async function readRuns(
  queryable: Queryable,
  commits: readonly ShownCommit[],
  counted: ReadonlySet<string>,
): Promise<Map<string, RunParts>> {
  const shas = [...new Set(commits.map(({ sha }) => sha))];
  const ids = [...new Set(commits.map((commit) => commit.pullRequestId))];
  if (shas.length === 0) return new Map();
  const rows = await queryable
    .select({ entry: pullRequestRuns, run: { state: runs.state, reason: runs.reason } })
    .from(pullRequestRuns)
    .leftJoin(runs, eq(runs.id, pullRequestRuns.runId))
    .where(and(inArray(pullRequestRuns.pullRequestId, ids), inArray(pullRequestRuns.sha, shas)))
    .orderBy(asc(pullRequestRuns.name), desc(pullRequestRuns.attempt));
  const isLast = new Set<string>();
  const last = rows.filter(({ entry }) => {
    const key = `${runKey(entry)} ${entry.name}`;
    return !isLast.has(key) && isLast.add(key);
  });
  const toCount = last.filter(({ entry }) => counted.has(runKey(entry)));
  const runIds = toCount.flatMap(({ entry }) => entry.runId ?? []);
  const counts = Map.groupBy(await countResults(queryable, runIds), ({ runId }) => runId);
  const parts = last.map(({ entry, run }) => {
    const { name, runId } = entry;
    const isCounted = runId !== null && counted.has(runKey(entry));
    const stand = { state: run?.state ?? null, reason: run?.reason ?? entry.reason };
    const own = isCounted ? sumCounts(counts.get(runId) ?? []) : null;
    return { key: runKey(entry), part: { name, runId, ...stand, counts: own } };
  });
  const grouped = Map.groupBy(parts, ({ key }) => key);
  return new Map([...grouped].map(([key, found]) => [key, found.map(({ part }) => part)]));
}

function commitView(row: ShownCommit, runParts: RunParts): PullRequestCommit {
  const pinned = Object.entries(row.images).filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    ...{ sha: row.sha, state: row.state, reason: row.reason, approvedBy: row.approvedBy ?? null },
    ...{ images: Object.fromEntries(pinned), runs: runParts },
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
