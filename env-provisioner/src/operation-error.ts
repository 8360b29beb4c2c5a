import type { OperationFailureCode } from "@seatrial/contracts/environments/lifecycle.ts";

/** Where in the content a wrong thing stands. */
export type SourcePlace = { file: string; line: number | null };

/** A failure of an operation, with a closed code. The message says what, where and how to fix; it never holds a secret. */
export class OperationError extends Error {
  readonly code: OperationFailureCode;
  readonly place: SourcePlace | null;
  constructor(
    code: OperationFailureCode,
    message: string,
    place: SourcePlace | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "OperationError";
    this.code = code;
    this.place = place;
  }
}
