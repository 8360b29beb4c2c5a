import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable, Transaction } from "../database/database.ts";
import { repositories } from "../database/schema/pull-requests.ts";

export type RepositoryRow = typeof repositories.$inferSelect;

/** The connected repository of this name, without regard to case. Index: `repositories_name`. */
export const isNamed = (name: string) =>
  and(
    eq(repositories.forge, "github"),
    sql`lower(${repositories.name}) = ${name.toLowerCase()}`,
    isNull(repositories.disconnectedAt),
  );

/** Why a repository of this name is not believed: the name was free after a move or a removal, and anybody may take it. */
export const anotherRepository =
  "another repository has this name now: if it is meant, disconnect the name and connect it again";

/** True when the forge's own number says that this is not the repository that was connected. Null: it is not known. */
export function isAnother(row: RepositoryRow, forgeId: number | null): boolean {
  return row.forgeId !== null && forgeId !== null && row.forgeId !== forgeId;
}

/** A repository by its id, also one that is not connected any more. Throws `not_found`. */
export async function findRepository(queryable: Queryable, id: string): Promise<RepositoryRow> {
  const [row] = await queryable.select().from(repositories).where(eq(repositories.id, id));
  if (row === undefined) throw new SeatrialError("not_found", `There is no repository "${id.slice(0, 40)}".`);
  return row;
}

/**
 * A repository by its id, locked. `share`: it must only stay connected meanwhile, and others may hold it too; who wants
 * to change it later must not ask for that. A repository's row is locked before any `pull_requests` row.
 */
export async function lockRepository(
  tx: Transaction,
  id: string,
  strength: "share" | "update",
): Promise<RepositoryRow> {
  const [row] = await tx.select().from(repositories).where(eq(repositories.id, id)).for(strength);
  if (row === undefined) throw new SeatrialError("not_found", `There is no repository "${id.slice(0, 40)}".`);
  return row;
}

/** A connected repository of the project. Throws `not_found`, also for another project's. */
export async function findOwnRepository(
  queryable: Queryable,
  project: ProjectRow,
  id: string,
): Promise<RepositoryRow> {
  const [row] = await queryable
    .select()
    .from(repositories)
    .where(
      and(
        eq(repositories.id, id),
        eq(repositories.projectId, project.id),
        isNull(repositories.disconnectedAt),
      ),
    );
  if (row !== undefined) return row;
  throw new SeatrialError(
    "not_found",
    `Project "${project.name}" has no repository "${id.slice(0, 40)}" connected.`,
  );
}
