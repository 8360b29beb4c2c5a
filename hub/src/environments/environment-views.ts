import type { Environment, Operation } from "@seatrial/contracts/environments/environment.ts";
import { and, desc, eq, gt, inArray, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { EnvironmentRow, OperationRow } from "./environment-row.ts";
import { expiresAt } from "./expiry.ts";

/** A view shows this many operations of an environment, the newest first. */
const shownOperations = 10;

/** Environments of one project as the API shows them; in the order given. */
export async function environmentViews(
  queryable: Queryable,
  project: string,
  rows: readonly EnvironmentRow[],
): Promise<Environment[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const newest = await queryable
    .select({ operation: operations })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .where(
      and(
        inArray(operations.environmentId, ids),
        gt(operations.number, sql`${environments.lastOperation} - ${shownOperations}`),
      ),
    )
    .orderBy(desc(operations.number));
  const clusterIds = rows.flatMap(({ clusterId }) => clusterId ?? []);
  const clusterNames = await namesOf(queryable, clusterIds);
  return rows.map((row) => {
    const own = newest.filter(({ operation }) => operation.environmentId === row.id);
    const cluster = row.clusterId === null ? null : (clusterNames.get(row.clusterId) ?? null);
    return {
      ...environmentView(row, project, cluster),
      operations: own.map((o) => operationView(o.operation)),
    };
  });
}

async function namesOf(queryable: Queryable, clusterIds: string[]): Promise<Map<string, string>> {
  if (clusterIds.length === 0) return new Map();
  const rows = await queryable
    .select({ id: clusters.id, name: clusters.name })
    .from(clusters)
    .where(inArray(clusters.id, clusterIds));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

function environmentView(
  row: EnvironmentRow,
  project: string,
  cluster: string | null,
): Omit<Environment, "operations"> {
  return {
    id: row.id,
    project,
    name: row.name,
    state: row.state,
    wanted: row.wanted,
    reason: row.reason,
    cluster,
    namespace: row.namespace,
    endpoints: row.endpoints,
    blockers: row.blockers,
    change: row.change ?? null,
    contentSha256: row.contentSha256,
    generation: row.generation,
    appliedGeneration: row.appliedGeneration,
    runId: row.runId,
    pullRequestId: row.pullRequestId,
    queuePosition: row.queuePosition,
    expiresAt: expiresAt(row).toISOString(),
    pin: row.pin ?? null,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    readyAt: row.readyAt?.toISOString() ?? null,
    provedAt: row.provedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
    leftOut: row.leftOut,
    proofComplete: row.proof?.complete ?? null,
  };
}

function operationView(row: OperationRow): Operation {
  const { failureCode, failureMessage, failureFile: file, failureLine: line } = row;
  const failure =
    failureCode === null ? null : { code: failureCode, message: failureMessage ?? "", file, line };
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    generation: row.generation,
    number: row.number,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    steps: row.steps,
    failure,
  };
}
