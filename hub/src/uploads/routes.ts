import { createRoute, z } from "@hono/zod-openapi";
import { casesSchema, uploadKinds } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { bearerSecurity, jsonAnswer, problemAnswers } from "../http/route-parts.ts";
import { readAttempt } from "../leases/attempt-context.ts";
import { safeText } from "../reports/safe-text.ts";
import { putPart, type UploadPosition, uploadPosition } from "./put-part.ts";
import { readPart } from "./read-part.ts";
import { requireContentLease } from "./require-content-lease.ts";
import { requireLeaseToken } from "./require-lease-token.ts";
import { sendBlob } from "./send-blob.ts";

const leaseParams = z.object({ lease: z.string().max(40) });
const bytesAnswer = (description: string) => ({
  description,
  content: { "application/octet-stream": { schema: z.string() } },
});

/** What the helper fetches. */
export function mountLeaseFiles(app: HubApp, deps: HubDeps): void {
  const common = {
    method: "get" as const,
    security: bearerSecurity,
    middleware: requireLeaseToken(deps),
    request: { params: leaseParams },
  };
  const content = createRoute({
    ...common,
    middleware: requireContentLease(deps),
    path: "/lease/v1/{lease}/content",
    summary: "The content archive of the lease's run or environment; with Range",
    responses: { 200: bytesAnswer("The archive"), 206: bytesAnswer("The rest of it"), ...problemAnswers },
  });
  app.openapi(content, async (c) => {
    return sendBlob(c, deps.blobs, { ...c.var.content, contentType: "application/gzip" });
  });
  const cases = createRoute({
    ...common,
    path: "/lease/v1/{lease}/cases",
    summary: "The cases that the lease's attempt runs; with Range",
    responses: { 200: jsonAnswer(casesSchema, "The cases"), ...problemAnswers },
  });
  app.openapi(cases, async (c) => {
    const { attempt, shard } = await readAttempt(deps.database, c.var.item.attemptId);
    const key = attempt.casesBlobKey ?? shard.casesBlobKey;
    if (key === null) throw new SeatrialError("not_found", "This attempt has no list of cases: run all.");
    return sendBlob(c, deps.blobs, { key, etag: attempt.id, contentType: "application/json" }) as never;
  });
}

const uploadQuery = z.object({
  kind: z.enum(uploadKinds),
  path: z
    .string()
    .min(1)
    .max(500)
    .refine((path) => safeText(path) === path, { message: "must not contain NUL or half characters" }),
});
const uploadHeaders = z.object({
  "upload-offset": z.coerce.number().int().min(0),
  "upload-complete": z.enum(["?0", "?1"]),
  "content-length": z.coerce.number().int().min(0).optional(),
});
const positionSchema = z.object({ offset: z.int(), complete: z.boolean() });

/** What the helper uploads, in parts that survive broken connections. */
export function mountUploads(app: HubApp, deps: HubDeps): void {
  const common = {
    path: "/lease/v1/{lease}/uploads",
    security: bearerSecurity,
    middleware: requireLeaseToken(deps),
    responses: { 200: jsonAnswer(positionSchema, "How far the upload is"), ...problemAnswers },
  };
  const put = createRoute({
    ...common,
    method: "put",
    summary: "Upload the next part of a file",
    request: { params: leaseParams, query: uploadQuery, headers: uploadHeaders },
  });
  app.openapi(put, async (c) => {
    const { kind, path } = c.req.valid("query");
    const headers = c.req.valid("header");
    const part = { kind, path, offset: headers["upload-offset"] };
    const bytes = await readPart(part, c.req.raw.body, headers["content-length"] ?? null);
    const isLast = headers["upload-complete"] === "?1";
    const position = await putPart(deps, c.var.item, { ...part, isLast, bytes });
    return c.json(positionBody(position), 200, positionHeaders(position));
  });
  // HEAD is answered by this, without the body.
  const position = createRoute({
    ...common,
    method: "get",
    summary: "How far an upload is (HEAD: in Upload-Offset and Upload-Complete)",
    request: { params: leaseParams, query: uploadQuery },
  });
  app.openapi(position, async (c) => {
    const { kind, path } = c.req.valid("query");
    const found = await uploadPosition(deps.database, c.req.valid("param").lease, kind, path);
    return c.json(positionBody(found), 200, positionHeaders(found));
  });
}

const positionBody = ({ offset, isComplete }: UploadPosition) => ({ offset, complete: isComplete });
const positionHeaders = ({ offset, isComplete }: UploadPosition) => ({
  "upload-offset": String(offset),
  "upload-complete": isComplete ? "?1" : "?0",
});
