import { and, eq, lte } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { uploads } from "../database/schema/work.ts";

/** No lease lives that long after its helper's last part. */
const keptMs = 24 * 3_600_000;
const perTick = 100;

/** Forgets uploads of leases long gone, with the parts of those that were never completed. Files that are stay. */
export async function sweepUploads(deps: Pick<HubDeps, "database" | "blobs" | "clock">): Promise<void> {
  const before = new Date(deps.clock.now().getTime() - keptMs);
  const old = await deps.database.select().from(uploads).where(lte(uploads.updatedAt, before)).limit(perTick);
  for (const { leaseId, kind, path, partKeys } of old) {
    for (const key of partKeys) await deps.blobs.delete(key);
    await deps.database
      .delete(uploads)
      .where(and(eq(uploads.leaseId, leaseId), eq(uploads.kind, kind), eq(uploads.path, path)));
  }
}
