import type { Page } from "@seatrial/contracts/http/page.ts";
import type { Repository } from "@seatrial/contracts/repositories/repository.ts";
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { z } from "zod";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { repositories } from "../database/schema/pull-requests.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { repositoryView } from "./repository-view.ts";

/** The project's connected repositories, by name. Index: `repositories_project`. */
export async function listRepositories(
  queryable: Queryable,
  project: ProjectRow,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Repository>> {
  const after = cursor === undefined ? undefined : gt(repositories.name, decodeCursor(cursor, z.string()));
  const rows = await queryable
    .select()
    .from(repositories)
    .where(and(eq(repositories.projectId, project.id), isNull(repositories.disconnectedAt), after))
    .orderBy(asc(repositories.name))
    .limit(limit + 1);
  const page = pageOf(rows, limit, (row) => row.name);
  return { ...page, items: page.items.map((row) => repositoryView(row, project.name)) };
}
