import type { Page } from "@seatrial/contracts/http/page.ts";
import type { auditEntrySchema } from "@seatrial/contracts/projects/project.ts";
import { and, desc, eq, lt, or } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { auditEntries } from "../database/schema/projects.ts";
import { decodeCursor, pageOf, storedMoment } from "../http/cursor.ts";

type AuditEntry = z.infer<typeof auditEntrySchema>;
const cursorSchema = z.tuple([storedMoment, z.string()]);

/** Who did what, newest first; of one project, or of everything when `projectId` is null. */
export async function listAudit(
  deps: HubDeps,
  projectId: string | null,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<AuditEntry>> {
  const rows = await deps.database
    .select()
    .from(auditEntries)
    .where(and(projectId === null ? undefined : eq(auditEntries.projectId, projectId), before(query.cursor)))
    .orderBy(desc(auditEntries.at), desc(auditEntries.id))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => [row.at, row.id]);
  const items = page.items.map(({ id, at, actor, action, subject, data }) => {
    return { id, at: at.toISOString(), actor, action, subject, data };
  });
  return { ...page, items };
}

function before(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeCursor(cursor, cursorSchema);
  return or(lt(auditEntries.at, at), and(eq(auditEntries.at, at), lt(auditEntries.id, id)));
}
