import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import { eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { projects } from "../database/schema/projects.ts";
import { attempts, runSuites, runs, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Attempt, Run, RunSuite, Shard } from "./attempt-context.ts";
import { leaseToken } from "./lease-token.ts";

/** The grants of these live leases, in the order given. The same lease always gives the same grant. */
export async function buildGrants(
  queryable: Queryable,
  leaseSecret: Uint8Array,
  leaseIds: readonly string[],
): Promise<LeaseGrant[]> {
  if (leaseIds.length === 0) return [];
  const rows = await queryable
    .select({
      item: workItems,
      attempt: attempts,
      shard: shards,
      suite: runSuites,
      run: runs,
      project: projects.name,
    })
    .from(workItems)
    .innerJoin(attempts, eq(attempts.id, workItems.attemptId))
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .innerJoin(runs, eq(runs.id, workItems.runId))
    .innerJoin(projects, eq(projects.id, workItems.projectId))
    .where(inArray(workItems.leaseId, [...leaseIds]));
  const byLease = new Map(rows.map((row) => [row.item.leaseId, row]));
  return leaseIds.flatMap((leaseId) => {
    const row = byLease.get(leaseId);
    const { expiresAt = null, acknowledgeBy = null } = row?.item ?? {};
    if (row === undefined || expiresAt === null || acknowledgeBy === null) return [];
    return {
      leaseId,
      kind: "shard" as const,
      expiresAt: expiresAt.toISOString(),
      acknowledgeBy: acknowledgeBy.toISOString(),
      leaseToken: leaseToken(leaseSecret, leaseId),
      work: shardWork(row),
    };
  });
}

type WorkRow = { attempt: Attempt; shard: Shard; suite: RunSuite; run: Run; project: string };

function shardWork({ attempt, shard, suite, run, project }: WorkRow): ShardWork {
  const { spec } = suite;
  return {
    project,
    runId: run.id,
    suite: suite.name,
    shardId: shard.id,
    attemptId: attempt.id,
    attemptNumber: attempt.number,
    mode: shard.kind,
    shardIndex: shard.index,
    shardCount: shard.count,
    tool: spec.tool,
    // The plan filled in the preset's image.
    image: spec.image ?? "",
    command: spec.command,
    arguments: spec.arguments,
    path: spec.path,
    env: spec.env,
    cpuMillis: spec.resources.cpuMillis,
    memoryBytes: spec.resources.memoryBytes,
    timeoutSeconds: spec.timeoutSeconds,
    content: run.contentId !== null,
    cases: attempt.casesBlobKey !== null || shard.casesBlobKey !== null,
    reports: spec.reports,
    artifacts: spec.artifacts,
    environment: null,
  };
}
