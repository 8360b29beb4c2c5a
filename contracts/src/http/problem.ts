import { z } from "zod";
import { type ErrorCode, errorStatus, SeatrialError } from "../errors.ts";

const codes = Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]];

/** `application/problem+json` (RFC 9457). `type` is stable: `https://seatrial.dev/problems/<code>`. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string(),
    requestId: z.string(),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .meta({ id: "Problem" });

export type Problem = z.infer<typeof problemSchema>;

/** The stable type of a problem, which is also the address of its documentation. */
export function problemType(code: ErrorCode): string {
  return `https://seatrial.dev/problems/${code.replaceAll("_", "-")}`;
}

/** Turns an answered problem back into the error it was. */
export function errorOfProblem(problem: Problem): SeatrialError {
  return new SeatrialError(problem.code, problem.detail, {
    ...(problem.fields ? { fields: problem.fields } : {}),
    ...(problem.facts ? { facts: problem.facts } : {}),
  });
}
