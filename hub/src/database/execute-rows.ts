import type { SQL } from "drizzle-orm";
import type { Queryable } from "./database.ts";

/**
 * Runs SQL that the query builder cannot say, and gives its rows as the driver read them: columns keep their SQL
 * names, timestamps are text. Pass moments as `${date.toISOString()}::timestamptz` and arrays through `sql.param`.
 */
export async function executeRows<Row>(queryable: Queryable, query: SQL): Promise<Row[]> {
  const answer: unknown = await queryable.execute(query);
  if (Array.isArray(answer)) return answer as Row[];
  return (answer as { rows: Row[] }).rows;
}
