import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { errorOfProblem, problemSchema } from "@seatrial/contracts/http/problem.ts";
import type { z } from "zod";
import type { HubResponse } from "./hub-fetch.ts";

/** An answer that has arrived as a whole. */
export type WholeAnswer = Pick<HubResponse, "status" | "headers"> & { bytes: Uint8Array };

/** Parses an answer, or throws the error that it tells of. What is not of the hub (a proxy's page) is `unavailable`. */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  response: WholeAnswer,
  what: string,
): z.infer<Schema> {
  const body = parseJson(response);
  if (isOk(response)) {
    const answer = schema.safeParse(body);
    if (answer.success) return answer.data;
    throw new SeatrialError(
      "unavailable",
      `${what}: the hub's answer is not what this version expects (${answer.error.issues[0]?.path.join(".")}: ${answer.error.issues[0]?.message}): use an agent of the hub's version`,
    );
  }
  throw errorOfAnswer(response, what);
}

export function isOk({ status }: Pick<HubResponse, "status">): boolean {
  return status >= 200 && status < 300;
}

/** The error that an answer tells of; `unavailable` for what is not of the hub. */
export function errorOfAnswer(response: WholeAnswer, what: string): SeatrialError {
  const problem = problemSchema.safeParse(parseJson(response));
  if (problem.success) return errorOfProblem(problem.data);
  return new SeatrialError(
    "unavailable",
    `${what}: status ${response.status} without a problem document: is something else answering at the hub's address?`,
  );
}

function parseJson({ bytes }: WholeAnswer): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null;
  }
}
