import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { errorOfProblem, problemSchema } from "@seatrial/contracts/http/problem.ts";
import type { z } from "zod";
import type { HubResponse } from "./hub-fetch.ts";

/** An answer that has arrived as a whole. */
export type WholeAnswer = Pick<HubResponse, "status" | "headers"> & { text: string };

/** Parses an answer, or throws the error that it tells of. What is not of the hub (a proxy's page) is `unavailable`. */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  response: WholeAnswer,
  what: string,
): z.infer<Schema> {
  const body = parseJson(response.text);
  if (response.status >= 200 && response.status < 300) {
    const answer = schema.safeParse(body);
    if (answer.success) return answer.data;
    throw new SeatrialError(
      "unavailable",
      `${what}: the hub's answer is not what this version expects (${answer.error.issues[0]?.path.join(".")}: ${answer.error.issues[0]?.message}): use an agent of the hub's version`,
    );
  }
  const problem = problemSchema.safeParse(body);
  if (problem.success) throw errorOfProblem(problem.data);
  throw new SeatrialError(
    "unavailable",
    `${what}: status ${response.status} without a problem document: is something else answering at the hub's address?`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
