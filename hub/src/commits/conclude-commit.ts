import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";
import { and, desc, eq, isNotNull, ne } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import { pullRequestEnvironments } from "../database/schema/pull-requests.ts";
import { runs } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { writeChange } from "../environments/change-environment.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import type { CommitRow } from "../pull-requests/pull-request-row.ts";
import type { Origin } from "./commit-environment.ts";
import type { StandingRun } from "./read-stand.ts";
import { endCommit } from "./write-commit.ts";

/**
 * Draws a commit's verdict from that of its runs, which are all over. Of a red one the reason names the run that decided
 * and, where its environment could not be made, the file and line; its environments stay for people to look at as long
 * as they were asked to. The pull request must be locked.
 */
export async function concludeCommit(
  tx: Transaction,
  wake: Wake,
  commit: CommitRow,
  commitRuns: readonly StandingRun[],
  verdict: Verdict,
  by: Origin,
): Promise<void> {
  const reason = verdict === "passed" ? null : await reasonOf(tx, commitRuns, verdict);
  await endCommit(tx, commit, { state: verdict, reason }, by.at);
  if (verdict === "failed" || verdict === "errored") await keepForLooking(tx, wake, commit, by);
}

async function reasonOf(
  queryable: Queryable,
  commitRuns: readonly StandingRun[],
  verdict: Verdict,
): Promise<string> {
  const worst = commitRuns.find(({ state }) => (state ?? "errored") === verdict);
  if (worst === undefined) return verdict;
  if (worst.runId === null) return `${worst.name}: ${worst.refused ?? verdict}`;
  const [run] = await queryable
    .select({ reason: runs.reason, environmentId: runs.environmentId })
    .from(runs)
    .where(eq(runs.id, worst.runId));
  const place = verdict === "errored" ? await failedPlace(queryable, run?.environmentId ?? null) : "";
  return `${worst.name}: ${run?.reason ?? verdict}${place}`;
}

/** Where the program that makes environments says it is wrong, such as ` (deploy/web.yaml:7)`. */
async function failedPlace(queryable: Queryable, environmentId: string | null): Promise<string> {
  if (environmentId === null) return "";
  const [failed] = await queryable
    .select({ file: operations.failureFile, line: operations.failureLine })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .where(
      and(
        eq(environments.id, environmentId),
        eq(environments.state, "failed"),
        eq(operations.state, "failed"),
        isNotNull(operations.failureFile),
      ),
    )
    .orderBy(desc(operations.number))
    .limit(1);
  if (!failed?.file) return "";
  return ` (${failed.file}${failed.line === null ? "" : `:${failed.line}`})`;
}

async function keepForLooking(tx: Transaction, wake: Wake, commit: CommitRow, by: Origin): Promise<void> {
  const rows = await tx
    .select({ id: environments.id })
    .from(pullRequestEnvironments)
    .innerJoin(environments, eq(environments.id, pullRequestEnvironments.environmentId))
    .where(
      and(
        eq(pullRequestEnvironments.pullRequestId, commit.pullRequestId),
        eq(pullRequestEnvironments.sha, commit.sha),
        eq(environments.projectId, commit.projectId),
        ne(environments.wanted, "gone"),
      ),
    )
    .orderBy(environments.id);
  for (const { id } of rows) {
    const environment = await lockEnvironment(tx, id);
    const until = new Date(by.at.getTime() + environment.keepOnFailureSeconds * 1_000);
    if (environment.wanted === "gone" || until <= environment.expiresAt) continue;
    const data = { until: until.toISOString(), why: "its commit is red" };
    const change = { fields: { expiresAt: until }, event: { type: "environment.extended" as const, data } };
    await writeChange(tx, wake, environment, change, { action: "environment.extend", ...by });
  }
}
