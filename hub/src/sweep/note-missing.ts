import { and, count, eq, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { moveEnvironment } from "../environments/move-environment.ts";
import { noteChange } from "../environments/note-change.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { mostAtOnce, sweepsNeeded } from "./brakes.ts";

/**
 * Follows up what should be there and was not found: missing in two sweeps in a row makes the environment `failed`,
 * because its namespace is gone and no probe brings it back; an update makes it anew, or its removal proves the rest. At
 * most a share of what was expected fails at once.
 */
export async function noteMissing(
  deps: LeaseDeps,
  member: Member,
  missing: readonly EnvironmentRow[],
  expected: number,
): Promise<void> {
  let left = mostAtOnce(expected);
  for (const { id } of missing.toSorted((one, other) => one.id.localeCompare(other.id))) {
    const hasFailed = await noteOne(deps, member, id, left > 0);
    if (hasFailed) left -= 1;
  }
}

async function noteOne(deps: LeaseDeps, member: Member, id: string, mayFail: boolean): Promise<boolean> {
  return transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, id);
    const isThere = environment.state === "ready" || environment.state === "sleeping";
    if (!isThere || (await hasOpenOperation(tx, id))) return false;
    const sweeps = environment.sweepDoubts + 1;
    await tx.update(environments).set({ sweepDoubts: sweeps }).where(eq(environments.id, id));
    if (sweeps < sweepsNeeded || !mayFail) return false;
    const at = deps.clock.now();
    const reason = `its namespace "${environment.namespace}" is not in cluster "${member.clusterName}" any more: ${sweeps} sweeps did not find it`;
    await moveEnvironment(tx, environment, "failed", { at, actor: agentActor(member), reason });
    await noteChange(tx, wake, environment, at);
    return true;
  });
}

async function hasOpenOperation(tx: Transaction, environmentId: string): Promise<boolean> {
  const [row] = await tx
    .select({ open: count() })
    .from(operations)
    .where(and(eq(operations.environmentId, environmentId), inArray(operations.state, ["queued", "leased"])));
  return (row?.open ?? 0) > 0;
}

/** What was found again is in no doubt any more. */
export async function clearDoubts(deps: LeaseDeps, seen: readonly EnvironmentRow[]): Promise<void> {
  for (const { id } of seen.filter(({ sweepDoubts }) => sweepDoubts > 0))
    await deps.database.update(environments).set({ sweepDoubts: 0 }).where(eq(environments.id, id));
}
