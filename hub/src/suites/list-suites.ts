import type { Page } from "@seatrial/contracts/http/page.ts";
import { type SuiteSpec, suiteSpecSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import { and, asc, eq, gt } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { suites } from "../database/schema/projects.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";

export type SuiteView = { name: string; spec: SuiteSpec; updatedAt: string };

/** The project's suites as the last run that defined them did, by name. */
export async function listSuites(
  deps: HubDeps,
  project: ProjectRow,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<SuiteView>> {
  const after = query.cursor === undefined ? "" : decodeCursor(query.cursor, z.string());
  const rows = await deps.database
    .select()
    .from(suites)
    .where(and(eq(suites.projectId, project.id), gt(suites.name, after)))
    .orderBy(asc(suites.name))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => row.name);
  const items = page.items.map((row) => {
    return { name: row.name, spec: suiteSpecSchema.parse(row.spec), updatedAt: row.updatedAt.toISOString() };
  });
  return { ...page, items };
}
