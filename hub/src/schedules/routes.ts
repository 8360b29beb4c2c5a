import { createRoute, z } from "@hono/zod-openapi";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import {
  pauseScheduleSchema,
  putScheduleSchema,
  scheduleFiringSchema,
  scheduleSchema,
} from "@seatrial/contracts/schedules/schedule.ts";
import { nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { deleteSchedule, pauseSchedule, resumeSchedule } from "./change-schedule.ts";
import { readSchedule } from "./find-schedule.ts";
import { listSchedules } from "./list-schedules.ts";
import { putSchedule } from "./put-schedule.ts";
import { triggerSchedule } from "./trigger-schedule.ts";

const listPath = "/v1/projects/{project}/schedules" as const;
const path = `${listPath}/{schedule}` as const;
const params = projectParams.extend({ schedule: nameSchema });
const shown = { 200: jsonAnswer(scheduleSchema, "The schedule"), ...problemAnswers };

/** Runs that start by themselves. Who may start runs may look and trigger; what starts by itself is for `manage`. */
export function mountSchedules(app: HubApp, deps: HubDeps): void {
  mountReading(app, deps);
  mountPauses(app, deps);
  const manage = { ...section("schedules"), middleware: requireProject(deps, "manage") } as const;
  const put = createRoute({
    ...manage,
    method: "put",
    path,
    summary: "Make a schedule or change it; the same again changes nothing",
    request: { params, body: jsonBody(putScheduleSchema) },
    responses: { 201: jsonAnswer(scheduleSchema, "The new schedule"), ...shown },
  });
  const remove = createRoute({
    ...manage,
    method: "delete",
    path,
    summary: "End a schedule for good; its runs go on",
    request: { params },
    responses: { 200: jsonAnswer(z.object({}), "It is deleted"), ...problemAnswers },
  });
  const trigger = createRoute({
    ...section("schedules"),
    middleware: requireProject(deps, "run"),
    method: "post",
    path: `${path}/trigger` as const,
    summary: "Start its run now; its overlap policy holds",
    request: { params },
    responses: { 201: jsonAnswer(scheduleFiringSchema, "What came of it"), ...problemAnswers },
  });
  app.openapi(put, async (c) => {
    const { schedule: name } = c.req.valid("param");
    const input = c.req.valid("json");
    const { created, schedule } = await putSchedule(deps, c.var.caller, c.var.project, name, input);
    return c.json(schedule, created ? 201 : 200);
  });
  app.openapi(remove, async (c) => {
    await deleteSchedule(deps, c.var.caller, c.var.project, c.req.valid("param").schedule);
    return c.json({}, 200);
  });
  app.openapi(trigger, async (c) => {
    const { schedule } = c.req.valid("param");
    return c.json(await triggerSchedule(deps, c.var.caller, c.var.project, schedule), 201);
  });
}

function mountReading(app: HubApp, deps: HubDeps): void {
  const shared = {
    ...section("schedules"),
    method: "get",
    middleware: requireProject(deps, "read"),
  } as const;
  const list = createRoute({
    ...shared,
    path: listPath,
    summary: "The project's schedules by name",
    request: { params: projectParams, query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(scheduleSchema), "A page of schedules"), ...problemAnswers },
  });
  const read = createRoute({
    ...shared,
    path,
    summary: "One schedule with its next five times and last ten firings",
    request: { params },
    responses: shown,
  });
  app.openapi(list, async (c) => c.json(await listSchedules(deps, c.var.project, c.req.valid("query")), 200));
  app.openapi(read, async (c) =>
    c.json(await readSchedule(deps, c.var.project, c.req.valid("param").schedule), 200),
  );
}

function mountPauses(app: HubApp, deps: HubDeps): void {
  const shared = {
    ...section("schedules"),
    method: "post",
    middleware: requireProject(deps, "manage"),
    responses: shown,
  } as const;
  const pause = createRoute({
    ...shared,
    path: `${path}/pause` as const,
    summary: "Let its times pass unused until it is resumed",
    request: { params, body: jsonBody(pauseScheduleSchema) },
  });
  const resume = createRoute({
    ...shared,
    path: `${path}/resume` as const,
    summary: "Its next time counts again",
    request: { params },
  });
  app.openapi(pause, async (c) => {
    const { schedule } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    return c.json(await pauseSchedule(deps, c.var.caller, c.var.project, schedule, reason), 200);
  });
  app.openapi(resume, async (c) => {
    const { schedule } = c.req.valid("param");
    return c.json(await resumeSchedule(deps, c.var.caller, c.var.project, schedule), 200);
  });
}
