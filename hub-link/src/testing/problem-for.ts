import { errorStatus, SeatrialError } from "@seatrial/contracts/errors.ts";
import { problemType } from "@seatrial/contracts/http/problem.ts";

/** The hub's answer to what went wrong, for tests. */
export function problemFor(error: unknown): { status: number; problem: object } {
  const code = error instanceof SeatrialError ? error.code : "internal";
  const detail = error instanceof Error ? error.message : "";
  const facts = error instanceof SeatrialError ? error.details.facts : undefined;
  const status = errorStatus[code];
  const problem = { type: problemType(code), title: code, status, code, detail, requestId: "fake" };
  return { status, problem: facts ? { ...problem, facts } : problem };
}
