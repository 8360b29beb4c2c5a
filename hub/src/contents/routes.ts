import { createRoute, z } from "@hono/zod-openapi";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireProject } from "../auth/require-access.ts";
import { jsonAnswer, problemAnswers, projectParams, section } from "../http/route-parts.ts";
import { findContent } from "./find-content.ts";
import { storeContent } from "./store-content.ts";

const path = "/v1/projects/{project}/contents/{sha256}" as const;
const params = projectParams.extend({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in lower-case hex"),
});
const contentSchema = z
  .object({ sha256: z.string(), bytes: z.int(), createdAt: z.iso.datetime() })
  .meta({ id: "Content" });
const archive = { "application/gzip": { schema: { type: "string", format: "binary" } } } as const;

export function mountContents(app: HubApp, deps: HubDeps): void {
  const put = createRoute({
    ...section("contents"),
    method: "put",
    path,
    summary: "Upload a content: a gzip tar, checked while it arrives",
    middleware: requireProject(deps, "run"),
    request: { params, body: { required: true, content: archive } },
    responses: {
      200: jsonAnswer(contentSchema, "It was there already"),
      201: jsonAnswer(contentSchema, "It is stored"),
      ...problemAnswers,
    },
  });
  const get = createRoute({
    ...section("contents"),
    method: "get",
    path,
    summary: "Whether a content is there; HEAD asks the same",
    middleware: requireProject(deps, "read"),
    request: { params },
    responses: { 200: jsonAnswer(contentSchema, "It is"), ...problemAnswers },
  });
  app.openapi(put, async (c) => {
    const { sha256 } = c.req.valid("param");
    const { created, content } = await storeContent(
      deps,
      c.var.caller,
      c.var.project,
      sha256,
      c.req.raw.body,
    );
    const { bytes, createdAt } = content;
    return c.json({ sha256, bytes, createdAt }, created ? 201 : 200);
  });
  app.openapi(get, async (c) => {
    const { sha256 } = c.req.valid("param");
    const found = await findContent(deps.database, c.var.project.id, sha256);
    if (found === undefined)
      throw new SeatrialError("not_found", `Project "${c.var.project.name}" has no content ${sha256}.`);
    const { bytes, createdAt } = found;
    return c.json({ sha256, bytes, createdAt }, 200);
  });
}
