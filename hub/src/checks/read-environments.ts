import { and, desc, eq, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { environments, operations } from "../database/schema/environments.ts";
import { pullRequestEnvironments } from "../database/schema/pull-requests.ts";
import { expiresAt } from "../environments/expiry.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import type { ShownEnvironment } from "./report-world.ts";

/** A pull request whose environment was brought more often than this has old ones that nobody tells of any more. */
const mostEnvironments = 50;

/** Environments that a pull request brought, newest first. Of a proof only its counts: it may name thousands of objects. */
export async function readEnvironments(
  queryable: Queryable,
  { id, projectId }: PullRequestRow,
): Promise<ShownEnvironment[]> {
  const { state, wanted, reason, queuePosition, endpoints, template, pin, proof } = environments;
  const rows = await queryable
    .select({
      own: pullRequestEnvironments,
      generation: environments.generation,
      appliedGeneration: environments.appliedGeneration,
      shown: { state, wanted, reason, queuePosition, endpoints, template },
      lifetime: { expiresAt: environments.expiresAt, pin },
      cluster: clusters.name,
      proved: {
        complete: sql<boolean | null>`(${proof} ->> 'complete')::boolean`,
        gone: sql<number | null>`(${proof} #>> '{counts,gone}')::int`,
        left: sql<number | null>`(${proof} #>> '{counts,left}')::int`,
        unchecked: sql<number | null>`(${proof} #>> '{counts,unchecked}')::int`,
      },
      operation: {
        state: operations.state,
        code: operations.failureCode,
        message: operations.failureMessage,
        file: operations.failureFile,
        line: operations.failureLine,
      },
    })
    .from(pullRequestEnvironments)
    .innerJoin(
      environments,
      and(eq(environments.id, pullRequestEnvironments.environmentId), eq(environments.projectId, projectId)),
    )
    .leftJoin(clusters, eq(clusters.id, environments.clusterId))
    .leftJoin(
      operations,
      and(eq(operations.environmentId, environments.id), eq(operations.number, environments.lastOperation)),
    )
    .where(eq(pullRequestEnvironments.pullRequestId, id))
    .orderBy(desc(pullRequestEnvironments.createdAt), desc(pullRequestEnvironments.environmentId))
    .limit(mostEnvironments);
  return rows.map(({ own, shown, generation, appliedGeneration, lifetime, cluster, proved, operation }) => ({
    ...own,
    ...shown,
    // As soon as it is given another commit, what stands there is not that commit's.
    state: shown.state === "ready" && appliedGeneration < generation ? "updating" : shown.state,
    expiresAt: expiresAt(lifetime),
    cluster,
    proof: proofOf(proved),
    failure: failureOf(operation),
  }));
}

function proofOf(
  proved: Record<"gone" | "left" | "unchecked", number | null> & { complete: boolean | null },
) {
  const { complete, gone, left, unchecked } = proved;
  if (gone === null || left === null || unchecked === null) return null;
  return { complete: complete === true, gone, left, unchecked };
}

type LastOperation = Pick<typeof operations.$inferSelect, "state"> & {
  code: (typeof operations.$inferSelect)["failureCode"];
  message: string | null;
  file: string | null;
  line: number | null;
};

function failureOf(operation: LastOperation | null): ShownEnvironment["failure"] {
  if (operation?.state !== "failed" || operation.code === null) return null;
  const { code, message, file, line } = operation;
  return { code, message: message ?? "", file, line };
}
