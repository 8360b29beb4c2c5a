import { sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { belowQuota } from "./claim-candidates.ts";

/** Whoever waits longer for the look before looks beside it: that one may wait for a lock. */
const usualPatienceMs = 25;

/** Ends the turn; calling it again does nothing. */
export type Turn = () => void;

export type LookGate = {
  /**
   * A turn to look for work, or null where none is open that was not open at `wokenAt` (of `performance.now()`).
   * Throws when the database does not answer.
   */
  enter(wokenAt: number): Promise<Turn | null>;
};

/**
 * Lets the held claims of this process look for work one after the other, and only while there is some: each end of an
 * attempt wakes all of them, and mostly the first takes what there is. Claims of other replicas do so for themselves.
 */
export function createLookGate(
  deps: { readonly database: Database },
  patienceMs = usualPatienceMs,
): LookGate {
  let before: Promise<void> = Promise.resolve();
  /** Work was looked for at this moment, and none was open. */
  let noneOpenAt = Number.NEGATIVE_INFINITY;

  async function isOpen(wokenAt: number): Promise<boolean> {
    if (noneOpenAt >= wokenAt) return false;
    const now = performance.now();
    if (await isWorkOpen(deps.database)) return true;
    noneOpenAt = now;
    return false;
  }

  return {
    async enter(wokenAt) {
      const previous = before;
      const { promise, resolve } = Promise.withResolvers<void>();
      before = promise;
      let isEntered = false;
      try {
        await withPatience(previous, patienceMs);
        isEntered = await isOpen(wokenAt);
      } finally {
        if (!isEntered) resolve();
      }
      return isEntered ? resolve : null;
    },
  };
}

async function withPatience(previous: Promise<void>, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  await Promise.race([previous, promise]);
  clearTimeout(timer);
}

/** Whether a project below its quota has a queued shard, for whichever cluster. Index: `work_items_next`. */
async function isWorkOpen(database: Database): Promise<boolean> {
  const rows = await executeRows<{ id: string }>(
    database,
    sql`select p.id from projects p
        where exists (
            select 1 from work_items w where w.project_id = p.id and w.state = 'queued' and w.kind = 'shard')
          and ${belowQuota}
        limit 1`,
  );
  return rows.length > 0;
}
