import type { PullRequestCommit } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { asc, desc, eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommits, pullRequestRuns } from "../database/schema/pull-requests.ts";
import { runs } from "../database/schema/runs.ts";
import { countResults, sumCounts } from "../results/count-results.ts";
import type { CommitRow } from "./pull-request-row.ts";

const shownCommits = 20;

/** The newest commits of pull requests with their runs, by the pull request's id, newest first. */
export async function readCommits(
  queryable: Queryable,
  ids: readonly string[],
): Promise<Map<string, PullRequestCommit[]>> {
  const rows = await queryable
    .select()
    .from(pullRequestCommits)
    .where(inArray(pullRequestCommits.pullRequestId, [...ids]))
    .orderBy(desc(pullRequestCommits.number));
  const runsOf = await readRuns(queryable, ids);
  const own = Map.groupBy(rows, ({ pullRequestId }) => pullRequestId);
  const views = [...own].map(([id, commits]) => {
    const shown = commits.slice(0, shownCommits);
    return [id, shown.map((row) => commitView(row, runsOf.get(runKey(row)) ?? []))] as const;
  });
  return new Map(views);
}

type RunParts = PullRequestCommit["runs"];
const runKey = ({ pullRequestId, sha }: { pullRequestId: string; sha: string }) => `${pullRequestId} ${sha}`;

/** The last attempt of each run counts. */
async function readRuns(queryable: Queryable, ids: readonly string[]): Promise<Map<string, RunParts>> {
  const rows = await queryable
    .select({ entry: pullRequestRuns, run: { state: runs.state, reason: runs.reason } })
    .from(pullRequestRuns)
    .leftJoin(runs, eq(runs.id, pullRequestRuns.runId))
    .where(inArray(pullRequestRuns.pullRequestId, [...ids]))
    .orderBy(asc(pullRequestRuns.name), desc(pullRequestRuns.attempt));
  const isLast = new Set<string>();
  const last = rows.filter(({ entry }) => {
    const key = `${runKey(entry)} ${entry.name}`;
    return !isLast.has(key) && isLast.add(key);
  });
  const counts = await countResults(
    queryable,
    last.flatMap(({ entry }) => entry.runId ?? []),
  );
  const parts = last.map(({ entry, run }) => {
    const { name, runId, reason } = entry;
    const own = counts.filter((count) => count.runId === runId);
    const stand = { state: run?.state ?? null, reason: run?.reason ?? reason };
    return {
      key: runKey(entry),
      part: { name, runId, ...stand, counts: runId === null ? null : sumCounts(own) },
    };
  });
  const grouped = Map.groupBy(parts, ({ key }) => key);
  return new Map([...grouped].map(([key, found]) => [key, found.map(({ part }) => part)]));
}

function commitView(row: CommitRow, runParts: RunParts): PullRequestCommit {
  const { sha, state, reason, approvedBy, createdAt, endedAt } = row;
  const pinned = Object.entries(row.images).flatMap(([image, digest]) =>
    digest === null ? [] : [[image, digest] as const],
  );
  return {
    ...{
      sha,
      state,
      reason,
      approvedBy: approvedBy ?? null,
      images: Object.fromEntries(pinned),
      runs: runParts,
    },
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}
