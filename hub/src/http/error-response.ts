import { type FieldError, SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import { type Problem, problemType } from "@seatrial/contracts/http/problem.ts";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import { ZodError } from "zod";
import type { HubEnv } from "../app/hub-deps.ts";
import { withoutValues } from "./without-values.ts";

/** The only place where an error becomes an answer. What the hub did not mean to say stays in its log. */
export function errorResponse(error: unknown, c: Context<HubEnv>, logger: Logger): Response {
  const known = knownError(error);
  const requestId = c.get("requestId");
  if (known.code === "internal")
    logger.error({ err: withoutValues(error), requestId, path: c.req.path }, "request failed");
  const status = statusOf(known.code);
  const problem: Problem = {
    type: problemType(known.code),
    title: known.code.replaceAll("_", " "),
    status,
    code: known.code,
    detail: known.message,
    requestId,
    ...(known.details.fields ? { fields: known.details.fields } : {}),
    ...(known.details.facts ? { facts: known.details.facts } : {}),
  };
  return c.body(JSON.stringify(problem), status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
  });
}

function knownError(error: unknown): SeatrialError {
  if (error instanceof SeatrialError) return error;
  if (error instanceof ZodError) return invalidRequest(error);
  if (error instanceof HTTPException) return ofHttpException(error);
  return new SeatrialError("internal", "The hub failed. Its log has the cause under this request's id.");
}

function ofHttpException(error: HTTPException): SeatrialError {
  if (error.status === 400)
    return new SeatrialError("invalid_json", "The body is not valid JSON: check it with a JSON parser.");
  if (error.status === 415)
    return new SeatrialError(
      "invalid_request",
      "The body's Content-Type is not the one of this route: for JSON send 'application/json'.",
    );
  return new SeatrialError("internal", "The hub failed. Its log has the cause under this request's id.");
}

/** Names each wrong field by JSON pointer. Values are not echoed: they may be secrets. */
export function invalidRequest(error: ZodError, target = ""): SeatrialError {
  const fields: FieldError[] = error.issues.slice(0, 50).map((issue) => ({
    path: `${target === "" || target === "json" ? "" : `/${target}`}/${issue.path.map(pointerPart).join("/")}`,
    message: issue.message,
  }));
  const first = fields[0];
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more, see 'fields')` : "";
  return new SeatrialError(
    "invalid_request",
    first ? `${first.path}: ${first.message}${more}` : "The request is not valid.",
    { fields },
  );
}

function pointerPart(part: PropertyKey): string {
  return String(part).replaceAll("~", "~0").replaceAll("/", "~1");
}
