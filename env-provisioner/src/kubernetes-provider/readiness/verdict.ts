/** `failed` only when waiting cannot help; `why` is for people. */
export type Verdict = { state: "ready" } | { state: "waiting" | "failed"; why: string };

export const ready: Verdict = { state: "ready" };
export const waiting = (why: string): Verdict => ({ state: "waiting", why });
export const failed = (why: string): Verdict => ({ state: "failed", why });
