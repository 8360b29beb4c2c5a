/**
 * How GitHub is not well. `unreachable`: connections break. `status`: its error pages. `secondary`: too much at once,
 * try again later. `primary`: the hour's requests are used up. `slow`: answers come when the promise is done.
 */
export type FaultKind =
  | { readonly kind: "unreachable" }
  | { readonly kind: "status"; readonly status: 500 | 502 | 503 }
  | { readonly kind: "secondary"; readonly retryAfterSeconds: number }
  | { readonly kind: "primary"; readonly resetAfterSeconds: number }
  | { readonly kind: "slow"; readonly until: Promise<unknown> };
export type Fault = FaultKind & {
  /** Only requests of these; all, if it is not said. */
  readonly only?: (request: { method: string; path: string }) => boolean;
  /** After so many requests it is well again by itself; never, if it is not said. */
  readonly times?: number;
};

const documentation = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

/** The answer of a fault; null: it only holds the answer up. */
export function faultAnswer(fault: Exclude<FaultKind, { kind: "unreachable" }>, now: Date): Response | null {
  const error = (message: string, headers: Record<string, string>) =>
    Response.json({ message, documentation_url: documentation }, { status: 403, headers });
  switch (fault.kind) {
    case "slow":
      return null;
    case "status":
      return new Response("<html><title>Unicorn!</title></html>", {
        status: fault.status,
        headers: { "content-type": "text/html" },
      });
    case "secondary":
      return error(
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        {
          "retry-after": String(fault.retryAfterSeconds),
        },
      );
    case "primary":
      return error("API rate limit exceeded for installation ID 1.", {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(Math.ceil(now.getTime() / 1_000) + fault.resetAfterSeconds),
      });
  }
}
