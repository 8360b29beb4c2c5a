import { and, count, eq, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
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
 * Follows up what should be there and was not found: missing in two looks in a row (`sweeps` says in how many) makes the environment `failed`,
 * because its namespace is gone and no probe brings it back; an update makes it anew, or its removal proves the rest. At
 * most a share of what was expected fails at once.
 */
export async function noteMissing(
  deps: LeaseDeps,
  member: Member,
  missing: readonly EnvironmentRow[],
  { sweeps, expected }: { sweeps: ReadonlyMap<string, number>; expected: number },
): Promise<void> {
  let left = mostAtOnce(expected);
  const doubted = missing.filter(({ id }) => (sweeps.get(id) ?? 0) >= sweepsNeeded);
  for (const { id } of doubted.toSorted((one, other) => one.id.localeCompare(other.id))) {
    if (left === 0) return;
    if (await failOne(deps, member, id, sweeps.get(id) ?? 0)) left -= 1;
  }
}

async function failOne(deps: LeaseDeps, member: Member, id: string, sweeps: number): Promise<boolean> {
  return transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, id);
    const isThere = environment.state === "ready" || environment.state === "sleeping";
    if (!isThere || (await hasOpenOperation(tx, id))) return false;
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
