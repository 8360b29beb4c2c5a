/**
 * Every error a caller can get has one of these codes; the number is the HTTP status it maps to. The set is closed:
 * a new situation gets a new code here, in the docs and in the tests.
 */
export const errorStatus = {
  invalid_request: 422,
  invalid_json: 400,
  invalid_configuration: 422,
  not_supported_yet: 422,
  unauthenticated: 401,
  token_expired: 401,
  token_revoked: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  content_unsafe: 422,
  content_missing: 422,
  report_invalid: 422,
  report_too_large: 413,
  join_token_invalid: 401,
  join_token_expired: 401,
  join_token_used: 409,
  join_token_wrong_role: 403,
  join_token_wrong_cluster: 403,
  proof_missing: 401,
  proof_invalid: 401,
  proof_replayed: 401,
  nonce_required: 401,
  clock_skew: 401,
  member_revoked: 403,
  protocol_unsupported: 400,
  lease_stale: 409,
  lease_not_yours: 403,
  log_gap: 409,
  upload_offset: 409,
  run_finished: 409,
  environment_gone: 409,
  environment_not_ready: 409,
  operation_refused: 409,
  state_missing: 404,
  state_unreadable: 422,
  state_too_large: 413,
  quota_exceeded: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** One wrong field: `path` as a JSON pointer, `message` what is wrong and how to fix it. */
export type FieldError = { path: string; message: string };

export type SeatrialErrorDetails = {
  /** Wrong fields of the request, when the code is about its shape. */
  fields?: FieldError[];
  /** More facts for programs, such as `nextOffset`. Never secrets. */
  facts?: Record<string, string | number | boolean>;
};

/** An error with a closed code. `message` says what is wrong, where, and how to fix it. */
export class SeatrialError extends Error {
  readonly code: ErrorCode;
  readonly details: SeatrialErrorDetails;
  constructor(code: ErrorCode, message: string, details: SeatrialErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "SeatrialError";
    this.code = code;
    this.details = details;
  }
}

/** The HTTP status of a code. */
export function statusOf(code: ErrorCode): number {
  return errorStatus[code];
}
