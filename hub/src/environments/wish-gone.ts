import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, eq, ne } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { clusterChannel } from "../notifications/channels.ts";
import { appendEnvironmentEvents, type NewEnvironmentEvent } from "./append-environment-events.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { moveEnvironment } from "./move-environment.ts";
import { noteChange } from "./note-change.ts";

export type GoneWish = {
  readonly at: Date;
  readonly actor: Actor;
  readonly event: NewEnvironmentEvent;
};

/**
 * Wishes an environment gone, for good: what is queued for it is cancelled, who works on it hears it through the
 * request it holds, and its workflow removes it. One that no cluster ever took is removed here. The environment must be
 * locked; a repeat changes nothing.
 */
export async function wishGone(
  tx: Transaction,
  wake: Wake,
  environment: EnvironmentRow,
  wish: GoneWish,
): Promise<void> {
  if (environment.wanted === "gone") return;
  const { id: environmentId, projectId, clusterId } = environment;
  const { at, actor, event } = wish;
  await tx.update(environments).set({ wanted: "gone" }).where(eq(environments.id, environmentId));
  await appendEnvironmentEvents(tx, { environmentId, projectId, at, actor }, [event]);
  await tx
    .update(operations)
    .set({ state: "cancelled", endedAt: at })
    .where(
      and(
        eq(operations.environmentId, environmentId),
        eq(operations.state, "queued"),
        ne(operations.kind, "down"),
      ),
    );
  if (clusterId === null) await removeUnplaced(tx, { ...environment, wanted: "gone" }, wish);
  else wake(clusterChannel(clusterId));
  await noteChange(tx, wake, environment, at);
}

/** Nothing of it is in any cluster: that is all there is to prove. */
async function removeUnplaced(tx: Transaction, environment: EnvironmentRow, wish: GoneWish): Promise<void> {
  const { at, actor } = wish;
  const proof = {
    complete: true,
    madeAt: at.toISOString(),
    cluster: "",
    namespace: environment.namespace,
    namespaceUid: null,
    counts: { gone: 0, left: 0, unchecked: 0 },
    objects: [],
    listed: 0,
    unlisted: [],
  };
  const reason = "no cluster had taken it: there was nothing to remove";
  const fields = { proof, wrappedStateKey: null };
  // One that failed before that is being removed for a moment, as the lifecycle has it.
  const unplaced =
    environment.state === "failed"
      ? await moveEnvironment(tx, environment, "deleting", { at, actor })
      : environment;
  await moveEnvironment(tx, unplaced, "deleted", { at, actor, reason, fields });
}
