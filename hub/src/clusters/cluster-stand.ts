import { clusters } from "../database/schema/clusters.ts";

/** What a cluster's owners decided about it, as far as its members must know. */
export type ClusterStand = Pick<
  typeof clusters.$inferSelect,
  "cordonedAt" | "cordonReason" | "drainingSince" | "drainUntil"
>;

/** What `ClusterStand` reads. */
export const standColumns = {
  cordonedAt: clusters.cordonedAt,
  cordonReason: clusters.cordonReason,
  drainingSince: clusters.drainingSince,
  drainUntil: clusters.drainUntil,
};

/** The state that owners gave a cluster; what nobody decided is `ready`. */
export function decidedState({ cordonedAt, drainingSince }: ClusterStand): "ready" | "cordoned" | "draining" {
  if (drainingSince !== null) return "draining";
  return cordonedAt === null ? "ready" : "cordoned";
}

/** True when a drain's time is over: what still runs there goes to other clusters. */
export function isDrainDue({ drainUntil }: Pick<ClusterStand, "drainUntil">, now: Date): boolean {
  return drainUntil !== null && drainUntil <= now;
}
