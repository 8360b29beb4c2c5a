import { createRoute, z } from "@hono/zod-openapi";
import {
  appliedSchema,
  fireAnswerSchema,
  fireSchema,
  scheduleFactsSchema,
  timetableSchema,
} from "@seatrial/contracts/worker-protocol/schedules.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { fireSchedule } from "./fire-schedule.ts";
import { noteApplied } from "./note-applied.ts";
import { readScheduleFacts, readTimetable } from "./read-schedule-facts.ts";

const path = "/worker/v1/schedules/{schedule}" as const;
const params = z.object({ schedule: z.string().max(40) });

/** What a schedule's workflows ask and say. */
export function mountScheduleWork(app: HubApp, deps: HubDeps): void {
  const common = { security: bearerSecurity, middleware: requireScope(deps, "worker") };
  const facts = createRoute({
    ...common,
    method: "get",
    path,
    summary: "What a schedule's workflow decides by",
    request: { params },
    responses: { 200: jsonAnswer(scheduleFactsSchema, "The facts"), ...problemAnswers },
  });
  const timetable = createRoute({
    ...common,
    method: "get",
    path: `${path}/timetable` as const,
    summary: "What Temporal's schedule must say",
    request: { params },
    responses: { 200: jsonAnswer(timetableSchema, "Its times"), ...problemAnswers },
  });
  const applied = createRoute({
    ...common,
    method: "post",
    path: `${path}/applied` as const,
    summary: "Temporal has this generation, or why it does not take it",
    request: { params, body: jsonBody(appliedSchema) },
    responses: { 200: jsonAnswer(z.object({}), "It is noted"), ...problemAnswers },
  });
  const fire = createRoute({
    ...common,
    method: "post",
    path: `${path}/fire` as const,
    summary: "Its time has come; at most one run for each time",
    request: { params, body: jsonBody(fireSchema) },
    responses: { 200: jsonAnswer(fireAnswerSchema, "What came of it"), ...problemAnswers },
  });
  app.openapi(facts, async (c) => {
    const { schedule } = c.req.valid("param");
    return c.json(await readScheduleFacts(deps.database, schedule, deps.clock.now()), 200);
  });
  app.openapi(timetable, async (c) =>
    c.json(await readTimetable(deps.database, c.req.valid("param").schedule), 200),
  );
  app.openapi(applied, async (c) => {
    await noteApplied(deps, c.req.valid("param").schedule, c.req.valid("json"));
    return c.json({}, 200);
  });
  app.openapi(fire, async (c) => {
    const { scheduledFor } = c.req.valid("json");
    const { schedule } = c.req.valid("param");
    const { outcome, runId } = await fireSchedule(deps, schedule, new Date(scheduledFor));
    return c.json({ outcome, runId }, 200);
  });
}
