import { and, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { contents } from "../database/schema/projects.ts";

export type ContentView = { sha256: string; bytes: number; createdAt: string };

/** A project's content by digest; undefined when nobody uploaded it to this project. */
export async function findContent(
  queryable: Queryable,
  projectId: string,
  sha256: string,
): Promise<(ContentView & { id: string }) | undefined> {
  const [row] = await queryable
    .select()
    .from(contents)
    .where(and(eq(contents.projectId, projectId), eq(contents.sha256, sha256)));
  if (row === undefined) return undefined;
  return { id: row.id, sha256: row.sha256, bytes: row.bytes, createdAt: row.createdAt.toISOString() };
}
