import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import { transact } from "../database/transact.ts";
import { systemActor } from "../events/append-events.ts";
import { unplaceableText } from "../leases/end-unplaceable.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { lockEnvironment } from "./lock-environment.ts";
import { moveEnvironment } from "./move-environment.ts";
import { noteChange } from "./note-change.ts";

/**
 * Fails an environment that no cluster could take for too long, with what `whyNever` finds under its lock. Nothing happens
 * when that finds that one could (null), one has taken it meanwhile, or its workflow has not asked for it yet.
 */
export async function failUnplaced(
  deps: Pick<HubDeps, "database" | "notifications" | "clock" | "settings">,
  environmentId: string,
  whyNever: (tx: Transaction) => Promise<string | null>,
): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const environment = await lockUnplaced(tx, environmentId);
    if (environment === null) return;
    const why = await whyNever(tx);
    if (why === null) return;
    const at = deps.clock.now();
    const isQueued = and(eq(operations.environmentId, environmentId), eq(operations.state, "queued"));
    // Of the generation that it would have applied: its workflow finds nothing newer to try.
    const { generation } = environment;
    const cancelled = await tx
      .update(operations)
      .set({ state: "cancelled", endedAt: at, generation })
      .where(isQueued)
      .returning({ id: operations.id });
    if (cancelled.length === 0) return;
    const reason = unplaceableText(deps.settings.unplaceableSeconds, why);
    await moveEnvironment(tx, environment, "failed", { at, actor: systemActor, reason });
    await noteChange(tx, wake, environment, at);
  });
}

/** Locks an environment that waits for a cluster; null when one has taken it, or it is wished gone. */
export async function lockUnplaced(tx: Transaction, environmentId: string): Promise<EnvironmentRow | null> {
  const environment = await lockEnvironment(tx, environmentId);
  const { state, clusterId, wanted } = environment;
  return state === "requested" && clusterId === null && wanted !== "gone" ? environment : null;
}
