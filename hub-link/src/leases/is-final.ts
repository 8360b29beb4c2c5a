import { type ErrorCode, SeatrialError } from "@seatrial/contracts/errors.ts";

/** Answers of the hub that repeating does not change: the lease, the member or the run is gone. */
const finalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "lease_stale",
  "lease_not_yours",
  "member_revoked",
  "not_found",
  "run_finished",
  "conflict",
  "invalid_request",
  "invalid_json",
  "payload_too_large",
  "content_missing",
  "state_too_large",
  "environment_gone",
  "operation_refused",
]);

/** True when the hub has refused for good, so that trying again is of no use. */
export function isFinal(error: unknown): boolean {
  return error instanceof SeatrialError && finalCodes.has(error.code);
}
