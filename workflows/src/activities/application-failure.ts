import { type ErrorCode, SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import { ApplicationFailure } from "@temporalio/common";

/**
 * A hub's error as Temporal knows it: its type is the error code, and only what may go away by itself is retried.
 * The stack stays out: it says where the worker's files lie.
 */
export function asApplicationFailure(error: unknown): ApplicationFailure {
  const code: ErrorCode = error instanceof SeatrialError ? error.code : "internal";
  const failure = ApplicationFailure.create({
    message: error instanceof Error ? error.message : String(error),
    type: code,
    nonRetryable: !isRetryable(code),
  });
  failure.stack = "";
  return failure;
}

/** Trying the same again may help: the hub was away, or something in it went wrong. */
export function isRetryable(code: ErrorCode): boolean {
  return statusOf(code) >= 500 || code === "quota_exceeded";
}
