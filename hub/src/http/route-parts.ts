import { z } from "@hono/zod-openapi";
import { problemSchema } from "@seatrial/contracts/http/problem.ts";
import { nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";

/** An answer that is JSON, for `responses`. */
export function jsonAnswer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } } as const;
}

/** A required JSON body, for `request.body`. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** Every route's errors: `application/problem+json`. */
export const problemAnswers = {
  "4XX": {
    description: "A problem of the request",
    content: { "application/problem+json": { schema: problemSchema } },
  },
  "5XX": {
    description: "A problem of the hub",
    content: { "application/problem+json": { schema: problemSchema } },
  },
} as const;

export const projectParams = z.object({ project: nameSchema });
export const runParams = projectParams.extend({ run: z.string().max(40) });
export const bearerSecurity = [{ bearer: [] }];

/** What the routes of one section of the API have in common: its tag, and a bearer token. */
export function section(tag: string) {
  return { tags: [tag], security: bearerSecurity };
}
