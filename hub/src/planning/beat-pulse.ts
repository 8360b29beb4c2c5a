import { eq } from "drizzle-orm";
import { hubPulse } from "../database/schema/clusters.ts";
import { transact } from "../database/transact.ts";
import { extendLeases } from "./extend-leases.ts";
import type { PlanningDeps } from "./planning-deps.ts";

/**
 * A longer gap between two beats is an absence of the hub, or of every worker that drives it; where leases are shorter,
 * one of their length.
 */
const longestGapSeconds = 60;
const id = "hub";
/** Between two ticks of a worker that is well: that much of a gap is no absence. */
const usualGapSeconds = 5;

/** How long the hub did nothing before this beat (null: its first), and since when it has beaten without a gap. */
export type Pulse = { gapSeconds: number | null; upSince: Date };

/**
 * Notes that the hub does its work of time now. Whatever is called absent was so while the hub looked: after a gap that
 * is longer than ticks take, every live lease gets the time that the hub was away, in the transaction that notes the
 * beat. So it happens once, whichever worker comes first, and before anything is taken back.
 */
export async function beatPulse(deps: PlanningDeps): Promise<Pulse> {
  const at = deps.clock.now();
  const longest = Math.min(longestGapSeconds, deps.settings.leaseTimes.leaseSeconds);
  return transact(deps, async (tx) => {
    const [last] = await tx.select().from(hubPulse).where(eq(hubPulse.id, id)).for("update");
    const gapSeconds = last === undefined ? null : Math.max(0, at.getTime() - last.at.getTime()) / 1_000;
    const isSteady = gapSeconds !== null && gapSeconds <= longest;
    const upSince = (isSteady ? last?.upSince : null) ?? at;
    const beat = { at, upSince };
    await tx
      .insert(hubPulse)
      .values({ id, ...beat })
      .onConflictDoUpdate({ target: hubPulse.id, set: beat });
    if (gapSeconds !== null && gapSeconds > deps.settings.absentAfterSeconds)
      await extendLeases(tx, gapSeconds - usualGapSeconds, at, deps.settings.leaseTimes);
    return { gapSeconds, upSince };
  });
}
