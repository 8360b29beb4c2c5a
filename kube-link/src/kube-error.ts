/** What the API server refused, or 0 as status when it could not be reached. */
export class KubeError extends Error {
  readonly status: number;
  /** The API's own word: `AlreadyExists`, `Forbidden`, `NotFound`, … */
  readonly reason: string;
  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
  }
}

/** True when the same request may succeed later with nobody changing anything. */
export function mayPass(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/** True for an answer of exactly this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof KubeError && error.status === status;
}
