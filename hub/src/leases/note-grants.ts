import type { PlacementReason } from "@seatrial/contracts/placement/placement.ts";
import { and, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { shards } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import { appendEvents, type NewEvent } from "../events/append-events.ts";
import type { Member } from "../members/require-proof.ts";
import { runChannel, workChannel } from "../notifications/channels.ts";
import { agentActor, attemptFacts, type Run, type WorkItem } from "./attempt-context.ts";
import { leaseAttempts } from "./move-attempt.ts";
import { readAttempts } from "./read-attempts.ts";

/** An item that was just granted, and why here. */
export type Granted = { item: WorkItem; run: Run; placement: PlacementReason[] };

/** Moves the attempts of what one answer grants and says so: the events of a run together. The runs must be locked. */
export async function noteGrants(
  tx: Transaction,
  wake: Wake,
  member: Member,
  granted: readonly Granted[],
  at: Date,
): Promise<void> {
  if (granted.length === 0) return;
  const contexts = await readAttempts(
    tx,
    granted.map(({ item }) => item.attemptId),
  );
  const placed = granted.map(({ item, run, placement }) => {
    const context = contexts.get(item.attemptId);
    if (context === undefined) throw new Error(`attempt ${item.attemptId} has no row`);
    return { ...context, item, run, placement };
  });
  await leaseAttempts(tx, placed, { clusterId: member.clusterId, at });
  const byRun = new Map<string, { run: Run; events: NewEvent[] }>();
  for (const { item, run, placement, ...context } of placed) {
    const { events } = byRun.get(run.id) ?? { events: [] };
    const data = { ...attemptFacts(context), cluster: member.clusterName, placement };
    byRun.set(run.id, { run, events: [...events, { type: "attempt.leased", data }] });
    // A value that has its minimum now lets the others go on.
    if (item.spread && item.spread.min > 0) wake(workChannel);
  }
  const shardIds = [...contexts.values()].map(({ shard }) => shard.id);
  await tx
    .update(shards)
    .set({ state: "running", reason: null })
    .where(and(inArray(shards.id, shardIds), inArray(shards.state, ["queued", "running"])));
  const actor = agentActor(member);
  for (const { run, events } of byRun.values()) {
    await appendEvents(tx, { runId: run.id, projectId: run.projectId, at, actor }, events);
    wake(runChannel(run.id));
  }
}
