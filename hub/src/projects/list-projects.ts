import type { Page } from "@seatrial/contracts/http/page.ts";
import type { Project } from "@seatrial/contracts/projects/project.ts";
import { asc, gt } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { projects } from "../database/schema/projects.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { projectView } from "./project-view.ts";

/** All projects, by name. */
export async function listProjects(
  deps: HubDeps,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<Project>> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, z.string());
  const rows = await deps.database
    .select()
    .from(projects)
    .where(after === undefined ? undefined : gt(projects.name, after))
    .orderBy(asc(projects.name))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => row.name);
  return { ...page, items: page.items.map(projectView) };
}
