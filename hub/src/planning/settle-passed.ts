import { and, eq, isNull, ne } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { shards } from "../database/schema/runs.ts";
import type { Wake } from "../database/transact.ts";
import type { NewEvent } from "../events/append-events.ts";
import type { AttemptContext, Run } from "../leases/attempt-context.ts";
import { endShards } from "./end-shards.ts";

/**
 * Gives the shard of an attempt that passed its verdict at once, where nothing else can follow from it, and answers the
 * events; the attempt is settled by that. Null where the worker must look: at a listing, a cancelled run, and the last
 * open shard of a suite. So a suite of a thousand green shards asks the worker once and not a thousand times. The run
 * must be locked.
 */
export async function settlePassed(
  tx: Transaction,
  wake: Wake,
  run: Run,
  context: AttemptContext,
  at: Date,
): Promise<NewEvent[] | null> {
  const { shard } = context;
  if (shard.kind !== "test" || run.cancelRequestedAt !== null) return null;
  const [other] = await tx
    .select({ id: shards.id })
    .from(shards)
    .where(and(eq(shards.suiteId, shard.suiteId), isNull(shards.finishedAt), ne(shards.id, shard.id)))
    .limit(1);
  if (other === undefined) return null;
  return endShards(tx, wake, run, [{ context, state: "passed", reason: null }], at);
}
