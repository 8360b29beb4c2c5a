import { createRoute, z } from "@hono/zod-openapi";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { sql } from "drizzle-orm";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, problemAnswers } from "./route-parts.ts";

const healthSchema = z.object({ status: z.literal("ok"), version: z.string() });

const healthz = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether the process answers",
  responses: { 200: jsonAnswer(healthSchema, "It does"), ...problemAnswers },
});
const readyz = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Whether the hub can serve requests: the database answers and the hub is not stopping",
  responses: { 200: jsonAnswer(healthSchema, "It can"), ...problemAnswers },
});

export function mountHealth(app: HubApp, deps: HubDeps): void {
  const health = { status: "ok" as const, version: deps.settings.version };
  app.openapi(healthz, (c) => c.json(health, 200));
  app.openapi(readyz, async (c) => {
    if (deps.stopping.aborted)
      throw new SeatrialError("unavailable", "The hub is stopping: try another replica.");
    try {
      await deps.database.execute(sql`select 1`);
    } catch (error) {
      throw new SeatrialError("unavailable", "The hub's database does not answer.", {}, { cause: error });
    }
    return c.json(health, 200);
  });
}
