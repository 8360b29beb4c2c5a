import { z } from "zod";
import { pageSchema } from "../http/page.ts";
import { type PutScheduleInput, scheduleFiringSchema, scheduleSchema } from "../schedules/schedule.ts";
import type { PageQuery } from "./read-pages.ts";
import { type ClientOptions, sendForJson } from "./send-request.ts";

/** The schedules of one project, by name; see createHubClient for errors. */
export function scheduleCalls(options: ClientOptions, base: string) {
  const all = `${base}/schedules`;
  const at = (schedule: string) => `${all}/${encodeURIComponent(schedule)}`;
  return {
    /** Makes it or changes it; the same again changes nothing. */
    putSchedule: (schedule: string, put: PutScheduleInput) =>
      sendForJson(options, at(schedule), scheduleSchema, { method: "PUT", json: put }),
    listSchedules: (query: PageQuery = {}) =>
      sendForJson(options, all, pageSchema(scheduleSchema), { query }),
    getSchedule: (schedule: string) => sendForJson(options, at(schedule), scheduleSchema),
    pauseSchedule: (schedule: string, reason: string) =>
      sendForJson(options, `${at(schedule)}/pause`, scheduleSchema, { method: "POST", json: { reason } }),
    resumeSchedule: (schedule: string) =>
      sendForJson(options, `${at(schedule)}/resume`, scheduleSchema, { method: "POST", json: {} }),
    /** Starts its run now; the answer says what came of it. */
    triggerSchedule: (schedule: string) =>
      sendForJson(options, `${at(schedule)}/trigger`, scheduleFiringSchema, { method: "POST", json: {} }),
    /** Its runs go on. */
    deleteSchedule: async (schedule: string): Promise<void> => {
      await sendForJson(options, at(schedule), z.unknown(), { method: "DELETE" });
    },
  };
}
