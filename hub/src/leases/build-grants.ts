import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import {
  type EnvironmentFactsForTests,
  environmentProcessVariables,
  fillEnvironment,
} from "@seatrial/contracts/environments/environment-variables.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import { environments } from "../database/schema/environments.ts";
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
      cluster: clusters.name,
      environment: {
        id: environments.id,
        namespace: environments.namespace,
        endpoints: environments.endpoints,
      },
    })
    .from(workItems)
    .innerJoin(attempts, eq(attempts.id, workItems.attemptId))
    .innerJoin(shards, eq(shards.id, attempts.shardId))
    .innerJoin(runSuites, eq(runSuites.id, shards.suiteId))
    .innerJoin(runs, eq(runs.id, workItems.runId))
    .innerJoin(projects, eq(projects.id, workItems.projectId))
    .innerJoin(clusters, eq(clusters.id, workItems.clusterId))
    .leftJoin(environments, eq(environments.id, runs.environmentId))
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

type WorkRow = {
  attempt: Attempt;
  shard: Shard;
  suite: RunSuite;
  run: Run;
  project: string;
  cluster: string;
  environment: EnvironmentFactsForTests | null;
};

function shardWork({ attempt, shard, suite, run, project, cluster, environment }: WorkRow): ShardWork {
  const spec = environment === null ? suite.spec : fillSpec(suite.spec, environment);
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
    // So that a test can tell where it runs.
    env: { ...spec.env, SEATRIAL_CLUSTER: cluster },
    cpuMillis: spec.resources.cpuMillis,
    memoryBytes: spec.resources.memoryBytes,
    timeoutSeconds: spec.timeoutSeconds,
    content: run.contentId !== null,
    cases: attempt.casesBlobKey !== null || shard.casesBlobKey !== null,
    reports: spec.reports,
    artifacts: spec.artifacts,
    environment: environment === null ? null : { id: environment.id, namespace: environment.namespace },
  };
}

/** `${environment.*}` and the variables of `environment-variables.ts`, as the environment stands at this moment. */
function fillSpec(spec: SuiteSpec, environment: EnvironmentFactsForTests): SuiteSpec {
  const fill = (text: string) => fillEnvironment(text, environment);
  const env = Object.fromEntries(Object.entries(spec.env).map(([name, text]) => [name, fill(text)]));
  return {
    ...spec,
    command: spec.command?.map(fill) ?? null,
    arguments: spec.arguments.map(fill),
    env: { ...env, ...environmentProcessVariables(environment) },
  };
}
