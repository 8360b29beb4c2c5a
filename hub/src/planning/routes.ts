import { createRoute, z } from "@hono/zod-openapi";
import { limits } from "@seatrial/contracts/limits.ts";
import { runFactsSchema } from "@seatrial/contracts/worker-protocol/environments.ts";
import { activityAnswerSchema, tickAnswerSchema } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, problemAnswers } from "../http/route-parts.ts";
import { planRun } from "./plan-run.ts";
import { readRunFacts } from "./read-run-facts.ts";
import { settleRun } from "./settle-run.ts";
import { splitSuite } from "./split-suite.ts";
import { tick } from "./tick.ts";

const runParam = z.object({ run: z.string().max(40) });

export function mountPlanning(app: HubApp, deps: HubDeps): void {
  const common = {
    method: "post" as const,
    security: bearerSecurity,
    middleware: requireScope(deps, "worker"),
  };
  const facts = createRoute({
    ...common,
    method: "get",
    path: "/worker/v1/runs/{run}",
    summary: "What a run's workflow decides by",
    request: { params: runParam },
    responses: { 200: jsonAnswer(runFactsSchema, "The facts"), ...problemAnswers },
  });
  app.openapi(facts, async (c) => {
    const { run } = c.req.valid("param");
    return c.json(
      await readRunFacts(deps.database, run, deps.clock.now(), deps.settings.leaseTimes.leaseSeconds),
      200,
    );
  });
  const responses = { 200: jsonAnswer(activityAnswerSchema, "What it came to"), ...problemAnswers };
  const plan = createRoute({
    ...common,
    path: "/worker/v1/runs/{run}/plan",
    summary: "Give a queued run its first shards",
    request: { params: runParam },
    responses,
  });
  app.openapi(plan, async (c) =>
    c.json(await planRun(deps, c.req.valid("param").run, c.var.caller.actor), 200),
  );
  const split = createRoute({
    ...common,
    path: "/worker/v1/runs/{run}/suites/{suite}/split",
    summary: "Turn the listed cases of a suite into shards",
    request: { params: runParam.extend({ suite: z.string().max(limits.runSuiteNameCharacters) }) },
    responses,
  });
  app.openapi(split, async (c) => {
    const { run, suite } = c.req.valid("param");
    return c.json(await splitSuite(deps, run, suite, c.var.caller.actor), 200);
  });
  const settle = createRoute({
    ...common,
    path: "/worker/v1/runs/{run}/settle",
    summary: "Draw what follows from attempts that ended: retries, verdicts, the end of the run",
    request: { params: runParam },
    responses,
  });
  app.openapi(settle, async (c) =>
    c.json(await settleRun(deps, c.req.valid("param").run, c.var.caller.actor), 200),
  );
  const ticks = createRoute({
    ...common,
    path: "/worker/v1/tick",
    summary: "Do what time alone decides",
    responses: { 200: jsonAnswer(tickAnswerSchema, "What was due"), ...problemAnswers },
  });
  app.openapi(ticks, async (c) => c.json(await tick(deps), 200));
}
