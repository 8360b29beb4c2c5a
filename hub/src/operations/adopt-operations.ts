import type { AdoptAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import type { Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { and, asc, eq } from "drizzle-orm";
import { decidedState } from "../clusters/cluster-stand.ts";
import { readStand } from "../clusters/read-stand.ts";
import { operations } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import type { OperationRow } from "../environments/environment-row.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { beginOperation } from "./begin-operation.ts";
import { buildOperationGrants } from "./build-operation-grants.ts";
import { handBackOperation, loseOperation } from "./end-operation.ts";
import { isUnwanted, lockOperation } from "./operation-lease.ts";

/**
 * Moves the operations that a restarted provisioner still runs to its new instance. A child dies with its process, so
 * usually it names none: what the old instance had acknowledged is lost at once, the rest is handed back. May be
 * repeated: what this instance itself was given is left alone.
 */
export async function adoptOperations(
  deps: LeaseDeps,
  member: Member,
  request: { instance: string; leases: readonly string[] },
): Promise<AdoptAnswer> {
  const named = new Set<string | null>(request.leases);
  const seen = await deps.database
    .select()
    .from(operations)
    .where(and(eq(operations.memberId, member.id), eq(operations.state, "leased")))
    .orderBy(asc(operations.id));
  const held: string[] = [];
  const orders: Order[] = [];
  for (const row of seen) {
    if (row.leaseId !== null && named.has(row.leaseId)) {
      const state = await moveToInstance(deps, member, row, request.instance);
      if (state === "held") held.push(row.leaseId);
      else if (state === "cancel") orders.push({ leaseId: row.leaseId, order: state });
    } else if (row.instance !== request.instance) await endUnnamed(deps, member, row);
  }
  const kept = new Set([...held, ...orders.map(({ leaseId }) => leaseId)]);
  const others = request.leases.filter((leaseId) => !kept.has(leaseId));
  return {
    held: await buildOperationGrants(deps, held),
    orders: [...orders, ...others.map((leaseId): Order => ({ leaseId, order: "disown" }))],
    clusterState: decidedState(await readStand(deps.database, member.clusterId)),
    times: deps.settings.leaseTimes,
  };
}

async function moveToInstance(
  deps: LeaseDeps,
  member: Member,
  seen: OperationRow,
  instance: string,
): Promise<"held" | "cancel" | "disown"> {
  return transact(deps, async (tx, wake) => {
    const held = await lockOperation(tx, seen);
    const now = deps.clock.now();
    if (held === null) return "disown";
    const expiresAt = new Date(now.getTime() + deps.settings.leaseTimes.leaseSeconds * 1_000);
    await beginOperation(tx, wake, held, { at: now, actor: agentActor(member) });
    await tx.update(operations).set({ instance, expiresAt }).where(eq(operations.id, seen.id));
    return isUnwanted(held.operation.kind, held.environment.wanted) ? "cancel" : "held";
  });
}

async function endUnnamed(deps: LeaseDeps, member: Member, seen: OperationRow): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const held = await lockOperation(tx, seen);
    if (held === null) return;
    const message = "the provisioner started again and does not run it any more";
    const end = held.operation.acknowledgedAt === null ? handBackOperation : loseOperation;
    await end(tx, wake, held, { message, at: deps.clock.now(), actor: agentActor(member) });
  });
}
