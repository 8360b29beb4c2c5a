import type { OperationFinish } from "@seatrial/contracts/agent-protocol/operation.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { transact, type Wake } from "../database/transact.ts";
import type { OperationRow } from "../environments/environment-row.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { moveEnvironment } from "../environments/move-environment.ts";
import { orderLine } from "../environments/order-line.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { operationsChannel } from "../notifications/channels.ts";
import { safeTexts } from "../reports/safe-text.ts";
import { beginOperation } from "./begin-operation.ts";
import { decideEnd, type EndDecision, type EndFacts } from "./decide-end.ts";
import { endOperation } from "./end-operation.ts";
import type { Origin } from "./operation-events.ts";
import { findOperation, type HeldOperation, openOperation } from "./operation-lease.ts";
import { recordedObjects } from "./recorded-objects.ts";
import { deleteStates } from "./state-blobs.ts";
import { storeBlockers } from "./store-blockers.ts";
import { markObjectsGone, storeObjects } from "./store-objects.ts";

export type OperationFinishAnswer = { state: string; duplicate: boolean };

/**
 * Ends an operation by what its provisioner saw, and moves its environment: one transaction. The same lease may repeat
 * it and gets the same answer; a lease that ended any other way is `lease_stale` and nothing is written. After a proved
 * removal the environment's key and state are gone: whatever was kept of its state is unreadable for good.
 */
export async function finishOperation(
  deps: LeaseDeps,
  member: Member,
  leaseId: string,
  said: OperationFinish,
): Promise<OperationFinishAnswer> {
  // What a cluster says is untrusted, and a text that cannot be stored would make every repeat fail as well.
  const told = safeTexts(said);
  const { gone, ...answer } = await transact(deps, async (tx, wake) => {
    // Looked at again under the lock: a repeat that overtook its first telling must find that finished.
    await lockEnvironment(tx, (await findOperation(tx, leaseId, member.id)).environmentId);
    const seen = await findOperation(tx, leaseId, member.id);
    if (wasFinished(seen)) return { state: seen.state, duplicate: true, gone: null };
    const at = deps.clock.now();
    const holder = { memberId: member.id, instance: told.instance };
    const origin = { at, actor: agentActor(member) };
    const open = await openOperation(tx, leaseId, holder);
    const held = await beginOperation(tx, wake, open, origin);
    const isRemoval = held.operation.kind === "down";
    const recorded = isRemoval ? await recordedObjects(tx, held.environment.id) : [];
    const decision = decideEnd(told, { ...factsOf(held, member), recorded });
    const isSuccess = decision.failure === null;
    const state = isSuccess ? ("succeeded" as const) : ("failed" as const);
    const fields = { steps: told.steps, evidence: told.evidence };
    const end = { ...origin, state, failure: decision.failure, fields };
    // A success is told before what it leads to, as `environment.deleted` is the last event; a failure's reason stays last.
    if (isSuccess) await endOperation(tx, wake, held, end);
    await storeEnd(tx, wake, held, told, decision, origin);
    if (!isSuccess) await endOperation(tx, wake, held, end);
    // Its place is free: whoever waits for one may be any cluster's.
    if (decision.to === "deleted") wake(operationsChannel);
    return { state, duplicate: false, gone: decision.to === "deleted" ? held.environment : null };
  });
  if (gone !== null) {
    await orderLine(deps, gone.projectId);
    // The key went with the commit, so bytes that a crash leaves here are noise.
    await deleteStates(deps.blobs, gone);
  }
  return answer;
}

/** Only its provisioner's word ends an operation as one of these; what the hub ended itself is stale. */
const wasFinished = ({ state }: OperationRow) => state === "succeeded" || state === "failed";

function factsOf({ environment, operation }: HeldOperation, member: Member): Omit<EndFacts, "recorded"> {
  return {
    kind: operation.kind,
    gathersEvidence: operation.evidenceSince !== null,
    namespace: environment.namespace,
    cluster: member.clusterName,
  };
}

async function storeEnd(
  tx: Transaction,
  wake: Wake,
  held: HeldOperation,
  told: OperationFinish,
  { failure, to }: EndDecision,
  origin: Origin,
): Promise<void> {
  const { environment, operation } = held;
  const isDeleted = to === "deleted";
  if (isDeleted) await markObjectsGone(tx, environment.id);
  else if (told.objects !== null) await storeObjects(tx, held, told.objects);
  if (operation.kind === "down") await storeBlockers(tx, wake, held, isDeleted ? [] : told.blockers, origin);
  const fields = {
    ...(failure === null ? successFields(held, told, origin.at) : {}),
    ...(told.endpoints === null ? {} : { endpoints: told.endpoints }),
    ...(told.proof === null ? {} : { proof: told.proof }),
    ...(isDeleted ? { wrappedStateKey: null, stateBlobKey: null, endpoints: [] } : {}),
  };
  if (to !== null && to !== environment.state)
    await moveEnvironment(tx, environment, to, { ...origin, fields });
  else
    await tx
      .update(environments)
      .set({ ...fields, reason: null })
      .where(eq(environments.id, environment.id));
}

function successFields({ operation }: HeldOperation, told: OperationFinish, at: Date) {
  const { kind, generation, leasedAt } = operation;
  const applies = kind === "up" || kind === "update";
  // A probe asked for while this one ran may want a newer one: what counts is when it began.
  const provedAt = kind === "prove" ? leasedAt : at;
  return {
    ...(applies ? { appliedGeneration: generation, leftOut: told.leftOut } : {}),
    ...(kind === "sleep" ? { provedAt: null } : {}),
    ...(told.proved && kind !== "sleep" && kind !== "down" ? { provedAt } : {}),
  };
}
