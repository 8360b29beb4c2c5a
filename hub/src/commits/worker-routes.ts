import { createRoute, z } from "@hono/zod-openapi";
import { commitShaSchema } from "@seatrial/contracts/repositories/repository.ts";
import {
  advanceAnswerSchema,
  commitSourceQuerySchema,
  commitSourceSchema,
  imagesAnswerSchema,
  imagesDutySchema,
  pullRequestFactsSchema,
  sourceDutySchema,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { bearerSecurity, jsonAnswer, jsonBody, problemAnswers } from "../http/route-parts.ts";
import { advance } from "./advance.ts";
import { readPullRequestFacts } from "./read-facts.ts";
import { readSourceDuty } from "./read-source-duty.ts";
import { storeCommitContent } from "./store-commit-content.ts";
import { readAwaitedImages, takeImages } from "./take-images.ts";
import { takeSource } from "./take-source.ts";

const path = "/worker/v1/pull-requests/{pullRequest}" as const;
const commitPath = `${path}/commits/{sha}` as const;
const params = z.object({ pullRequest: z.string().max(40) });
const commitParams = params.extend({ sha: commitShaSchema });

/** What a pull request's workflow asks and says of its commits. */
export function mountCommitWork(app: HubApp, deps: HubDeps): void {
  mountAdvance(app, deps);
  mountSource(app, deps);
  mountContent(app, deps);
  mountImages(app, deps);
}

const common = (deps: HubDeps) => ({ security: bearerSecurity, middleware: requireScope(deps, "worker") });

function mountAdvance(app: HubApp, deps: HubDeps): void {
  const facts = createRoute({
    ...common(deps),
    method: "get",
    path,
    summary: "What a pull request's workflow decides by",
    request: { params },
    responses: { 200: jsonAnswer(pullRequestFactsSchema, "The facts"), ...problemAnswers },
  });
  const act = createRoute({
    ...common(deps),
    method: "post",
    path: `${path}/advance` as const,
    summary: "Supersede, start, update, cancel and take down as the facts ask; idempotent",
    request: { params },
    responses: { 200: jsonAnswer(advanceAnswerSchema, "Whether anything was to be done"), ...problemAnswers },
  });
  app.openapi(facts, async (c) =>
    c.json(await readPullRequestFacts(deps, c.req.valid("param").pullRequest), 200),
  );
  app.openapi(act, async (c) => c.json(await advance(deps, c.req.valid("param").pullRequest), 200));
}

function mountSource(app: HubApp, deps: HubDeps): void {
  const source = `${commitPath}/source` as const;
  const read = createRoute({
    ...common(deps),
    method: "get",
    path: source,
    summary: "What to fetch of a commit",
    request: { params: commitParams },
    responses: { 200: jsonAnswer(sourceDutySchema, "Where it is"), ...problemAnswers },
  });
  const tell = createRoute({
    ...common(deps),
    method: "post",
    path: source,
    summary: "What a commit is; the same again changes nothing",
    request: { params: commitParams, query: commitSourceQuerySchema, body: jsonBody(commitSourceSchema) },
    responses: { 200: jsonAnswer(z.object({}), "It is taken"), ...problemAnswers },
  });
  app.openapi(read, async (c) => {
    const { pullRequest, sha } = c.req.valid("param");
    return c.json(await readSourceDuty(deps.database, pullRequest, sha), 200);
  });
  app.openapi(tell, async (c) => {
    const { pullRequest, sha } = c.req.valid("param");
    const { baseBranch } = c.req.valid("query");
    await takeSource(deps, pullRequest, sha, c.req.valid("json"), baseBranch);
    return c.json({}, 200);
  });
}

function mountContent(app: HubApp, deps: HubDeps): void {
  const archive = { "application/gzip": { schema: { type: "string", format: "binary" } } } as const;
  const put = createRoute({
    ...common(deps),
    method: "put",
    path: `${commitPath}/content/{sha256}` as const,
    summary: "A commit's files: a gzip tar, checked while it arrives",
    request: {
      params: commitParams.extend({
        sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in lower-case hex"),
      }),
      body: { required: true, content: archive },
    },
    responses: {
      200: jsonAnswer(z.object({}), "It was there already"),
      201: jsonAnswer(z.object({}), "It is stored"),
      ...problemAnswers,
    },
  });
  app.openapi(put, async (c) => {
    const { pullRequest, sha, sha256 } = c.req.valid("param");
    const created = await storeCommitContent(
      deps,
      c.var.caller,
      { pullRequestId: pullRequest, sha, sha256 },
      c.req.raw.body,
    );
    return c.json({}, created ? 201 : 200);
  });
}

function mountImages(app: HubApp, deps: HubDeps): void {
  const images = `${commitPath}/images` as const;
  const read = createRoute({
    ...common(deps),
    method: "get",
    path: images,
    summary: "Images that a commit waits for",
    request: { params: commitParams },
    responses: { 200: jsonAnswer(imagesDutySchema, "Their references"), ...problemAnswers },
  });
  const tell = createRoute({
    ...common(deps),
    method: "post",
    path: images,
    summary: "What registries said of them",
    request: { params: commitParams, body: jsonBody(imagesAnswerSchema) },
    responses: { 200: jsonAnswer(z.object({}), "It is taken"), ...problemAnswers },
  });
  app.openapi(read, async (c) => {
    const { pullRequest, sha } = c.req.valid("param");
    return c.json({ images: await readAwaitedImages(deps.database, pullRequest, sha) }, 200);
  });
  app.openapi(tell, async (c) => {
    const { pullRequest, sha } = c.req.valid("param");
    await takeImages(deps, pullRequest, sha, c.req.valid("json"));
    return c.json({}, 200);
  });
}
