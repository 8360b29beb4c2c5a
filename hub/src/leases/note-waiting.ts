import { and, eq, isNull, lte } from "drizzle-orm";
import { shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import { explainWaiting } from "../placement/explain-waiting.ts";
import { isUnplaceable } from "../placement/is-unplaceable.ts";
import { describeWaiting } from "../placement/nearest-obstacle.ts";
import { readWaiting, readWaitingSuites, type WaitingItem } from "../placement/read-waiting.ts";
import { cutText } from "../reports/safe-text.ts";
import { endUnplaceable } from "./end-unplaceable.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/** What waits shorter than this needs no reason. */
const patienceSeconds = 10;
const perTick = 200;

/**
 * Says at each shard that has waited for a while what it waits for; a grant takes the words away again. What no cluster
 * could take for `unplaceableSeconds` in which the hub worked, since when is `upSince`, is errored with that reason.
 */
export async function noteWaiting(deps: LeaseDeps, upSince: Date): Promise<void> {
  const now = deps.clock.now();
  const before = new Date(now.getTime() - patienceSeconds * 1_000);
  const latest = now.getTime() - deps.settings.unplaceableSeconds * 1_000;
  const isOld = lte(workItems.createdAt, before);
  const waiting = await readWaiting(deps.database, isOld, perTick);
  const isUnmarked = and(isOld, isNull(workItems.unplaceableSince));
  const suites = await readWaitingSuites(deps.database, isUnmarked, perTick);
  const asked = new Map([...waiting, ...suites].map((item) => [item.id, item]));
  const opinions = await explainWaiting(deps.database, deps, [...asked.values()]);
  for (const item of suites)
    if (isUnplaceable(item, opinions.get(item.id) ?? [])) await noteSuite(deps, item, now);
  for (const item of waiting) {
    const own = opinions.get(item.id) ?? [];
    // A suite may ask for any number of labels, and the reason names them.
    const reason = cutText(describeWaiting(item, own), 2_000);
    if (reason !== item.reason)
      await deps.database
        .update(shards)
        .set({ reason })
        .where(and(eq(shards.id, item.shardId), eq(shards.state, "queued")));
    const isHopeless = isUnplaceable(item, own);
    if (!isHopeless || item.unplaceableSince === null) await noteSince(deps, item, isHopeless ? now : null);
    else if (Math.max(item.unplaceableSince.getTime(), upSince.getTime()) <= latest)
      await endUnplaceable(deps, item, reason);
  }
}

/**
 * All that a suite has in the queue. Then {@link readWaiting} puts it in front of what only waits its turn, so any number
 * of that hides nothing which became hopeless later.
 */
async function noteSuite(deps: LeaseDeps, { runId, suiteId }: WaitingItem, since: Date): Promise<void> {
  await deps.database
    .update(workItems)
    .set({ unplaceableSince: since })
    .where(
      and(
        eq(workItems.runId, runId),
        eq(workItems.suiteId, suiteId ?? ""),
        eq(workItems.state, "queued"),
        isNull(workItems.unplaceableSince),
      ),
    );
}

async function noteSince(
  deps: LeaseDeps,
  item: { id: string; unplaceableSince: Date | null },
  since: Date | null,
): Promise<void> {
  if (since === null && item.unplaceableSince === null) return;
  await deps.database
    .update(workItems)
    .set({ unplaceableSince: since })
    .where(
      and(
        eq(workItems.id, item.id),
        eq(workItems.state, "queued"),
        since === null ? undefined : isNull(workItems.unplaceableSince),
      ),
    );
}
