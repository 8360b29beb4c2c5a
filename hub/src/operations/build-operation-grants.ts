import type { OperationGrant, OperationWork } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { eq, inArray } from "drizzle-orm";
import { environments, operations } from "../database/schema/environments.ts";
import { projects } from "../database/schema/projects.ts";
import type { EnvironmentRow, OperationRow } from "../environments/environment-row.ts";
import { expiresAt } from "../environments/expiry.ts";
import { openStateKey } from "../keys/state-keys.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { leaseToken } from "../leases/lease-token.ts";
import { recordedObjects } from "./recorded-objects.ts";

/** The grants of these live leases, in the order given. What a lease applies stays the same; it was fixed at its claim. */
export async function buildOperationGrants(
  deps: LeaseDeps,
  leaseIds: readonly string[],
): Promise<OperationGrant[]> {
  if (leaseIds.length === 0) return [];
  const rows = await deps.database
    .select({ operation: operations, environment: environments, project: projects.name })
    .from(operations)
    .innerJoin(environments, eq(environments.id, operations.environmentId))
    .innerJoin(projects, eq(projects.id, operations.projectId))
    .where(inArray(operations.leaseId, [...leaseIds]));
  const byLease = new Map(rows.map((row) => [row.operation.leaseId, row]));
  const grants: OperationGrant[] = [];
  for (const leaseId of leaseIds) {
    const row = byLease.get(leaseId);
    const { expiresAt: until = null, acknowledgeBy = null } = row?.operation ?? {};
    if (row === undefined || until === null || acknowledgeBy === null) continue;
    grants.push({
      leaseId,
      kind: "environment",
      expiresAt: until.toISOString(),
      acknowledgeBy: acknowledgeBy.toISOString(),
      leaseToken: leaseToken(deps.settings.leaseSecret, leaseId),
      work: operationWork(deps, row, await recordedObjects(deps.database, row.environment.id)),
    });
  }
  return grants;
}

type Row = { operation: OperationRow; environment: EnvironmentRow; project: string };

function operationWork(
  deps: LeaseDeps,
  { operation, environment, project }: Row,
  objects: ObjectReference[],
): OperationWork {
  const { id, wrappedStateKey } = environment;
  if (wrappedStateKey === null) throw new Error(`environment ${id} has a live operation and no state key`);
  return {
    project,
    environmentId: id,
    name: environment.name,
    operationId: operation.id,
    operation: operation.kind,
    number: operation.number,
    generation: operation.generation,
    namespace: environment.namespace,
    template: operation.template ?? environment.template,
    change: environment.change,
    contentSha256: operation.contentSha256 ?? environment.contentSha256,
    expiresAtEpochSeconds: Math.ceil(expiresAt(environment).getTime() / 1_000),
    stateKey: Buffer.from(openStateKey(deps, id, wrappedStateKey)).toString("base64"),
    hasState: environment.stateBlobKey !== null,
    objects,
    endpoints: environment.endpoints,
    evidenceSince: operation.evidenceSince?.toISOString() ?? null,
  };
}
