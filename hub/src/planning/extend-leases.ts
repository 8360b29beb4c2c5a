import type { LeaseTimes } from "@seatrial/contracts/agent-protocol/join.ts";
import { sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";

/**
 * Adds the hub's own absence to every live lease, of shards and of operations: a holder that could not reach the hub has
 * as much time left as before. None ends later than a fresh one would, for who is alive beats again at once; none ends
 * earlier than it did. Locked by id first, as heartbeats do, so that neither waits for the other.
 */
export async function extendLeases(
  tx: Transaction,
  awaySeconds: number,
  now: Date,
  times: LeaseTimes,
): Promise<void> {
  const later = (column: string, seconds: number) => {
    const name = sql.identifier(column);
    const fresh = new Date(now.getTime() + seconds * 1_000).toISOString();
    return sql`greatest(${name}, least(${name} + make_interval(secs => ${awaySeconds}), ${fresh}::timestamptz))`;
  };
  for (const table of ["work_items", "environment_operations"])
    await tx.execute(sql`
      update ${sql.identifier(table)} set
        expires_at = ${later("expires_at", times.leaseSeconds)},
        acknowledge_by = ${later("acknowledge_by", times.acknowledgeSeconds)}
      where id in (
        select id from ${sql.identifier(table)} where state = 'leased' order by id for update
      )`);
}
