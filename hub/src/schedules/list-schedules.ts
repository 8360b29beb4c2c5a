import type { Page } from "@seatrial/contracts/http/page.ts";
import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { schedules } from "../database/schema/schedules.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { scheduleViews } from "./schedule-views.ts";

const cursorSchema = z.tuple([z.string()]);

/** The project's schedules by name, without deleted ones. */
export async function listSchedules(
  deps: Pick<HubDeps, "database" | "clock">,
  project: ProjectRow,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Schedule>> {
  const after = cursor === undefined ? undefined : gt(schedules.name, decodeCursor(cursor, cursorSchema)[0]);
  const rows = await deps.database
    .select()
    .from(schedules)
    .where(and(eq(schedules.projectId, project.id), isNull(schedules.deletedAt), after))
    .orderBy(asc(schedules.name))
    .limit(limit + 1);
  const page = pageOf(rows, limit, (row) => [row.name]);
  return { ...page, items: await scheduleViews(deps.database, project.name, page.items, deps.clock.now()) };
}
