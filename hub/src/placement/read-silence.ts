import type { Queryable } from "../database/database.ts";
import { hubPulse, type members } from "../database/schema/clusters.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";

type MemberRow = Pick<typeof members.$inferSelect, "lastSeenAt" | "joinedAt">;

/**
 * Whether a member has not asked for longer than a lease lasts. While the hub was away nobody could ask: silence begins at
 * its return.
 */
export async function readSilence(
  queryable: Queryable,
  { clock, settings }: Pick<LeaseDeps, "clock" | "settings">,
): Promise<(member: MemberRow) => boolean> {
  const [pulse] = await queryable.select({ upSince: hubPulse.upSince }).from(hubPulse);
  const upSince = pulse?.upSince?.getTime() ?? 0;
  const before = clock.now().getTime() - settings.leaseTimes.leaseSeconds * 1_000;
  return (member) => Math.max(seenAt(member), upSince) < before;
}

export function seenAt({ lastSeenAt, joinedAt }: MemberRow): number {
  return (lastSeenAt ?? joinedAt).getTime();
}
