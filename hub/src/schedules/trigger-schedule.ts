import type { ScheduleFiring } from "@seatrial/contracts/schedules/schedule.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { schedules } from "../database/schema/schedules.ts";
import { noSchedule } from "./find-schedule.ts";
import { fireSchedule } from "./fire-schedule.ts";
import { firingView } from "./schedule-views.ts";

/** Starts its run now, also while it is paused; its overlap policy holds as always. Throws `not_found`. */
export async function triggerSchedule(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  name: string,
): Promise<ScheduleFiring> {
  const [row] = await deps.database
    .select({ id: schedules.id })
    .from(schedules)
    .where(and(eq(schedules.projectId, project.id), eq(schedules.name, name), isNull(schedules.deletedAt)));
  if (row === undefined) throw noSchedule(project, name);
  const at = deps.clock.now();
  const { actor } = caller;
  const firing = await fireSchedule(deps, row.id, at, actor);
  const { outcome, runId } = firing;
  const data = { name, outcome, runId };
  const entry = { projectId: project.id, at, actor, action: "schedule.trigger", subject: row.id, data };
  await deps.database.transaction((tx) => writeAudit(tx as Parameters<typeof writeAudit>[0], entry));
  return firingView(firing);
}
