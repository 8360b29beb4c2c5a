import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { asc, inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { projects } from "../database/schema/projects.ts";

/** Ids of the projects to which a cluster is open, in one order whatever the names' is; null: all. Throws `invalid_request` for one that does not exist. */
export async function projectIdsOf(
  tx: Transaction,
  names: readonly string[] | null,
): Promise<string[] | null> {
  if (names === null) return null;
  const rows = await tx
    .select()
    .from(projects)
    .where(inArray(projects.name, [...names]))
    .orderBy(asc(projects.id));
  const byName = new Map(rows.map((row) => [row.name, row.id]));
  const fields = names.flatMap((name, index) =>
    byName.has(name) ? [] : [{ path: `/projects/${index}`, message: `there is no project "${name}"` }],
  );
  if (fields[0])
    throw new SeatrialError("invalid_request", `${fields[0].path}: ${fields[0].message}`, { fields });
  return rows.map((row) => row.id);
}
