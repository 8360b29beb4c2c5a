import { inArray } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { outbox } from "../database/schema/work.ts";

/** Forgets entries whose work is done. Unknown ids are fine: another worker may have done the same entry. */
export async function acknowledgeOutbox(database: Database, ids: readonly string[]): Promise<void> {
  const numbers = ids.map(Number).filter((id) => Number.isSafeInteger(id));
  if (numbers.length > 0) await database.delete(outbox).where(inArray(outbox.id, numbers));
}
