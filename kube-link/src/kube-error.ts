/** One reason of a refusal, with the field it is about. */
export type KubeCause = { reason?: string; message?: string; field?: string };

/** What the API server refused, or 0 as status when it could not be reached. */
export class KubeError extends Error {
  readonly status: number;
  /** The API's own word: `AlreadyExists`, `Forbidden`, `NotFound`, … */
  readonly reason: string;
  /** What the API says of single fields; mostly of a 422. */
  readonly causes: readonly KubeCause[];
  constructor(
    status: number,
    reason: string,
    message: string,
    options?: ErrorOptions & { causes?: readonly KubeCause[] },
  ) {
    super(message, options);
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
    this.causes = options?.causes ?? [];
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
