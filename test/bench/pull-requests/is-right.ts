import type { Life } from "./live-at-once.ts";

const wanted = {
  green: { verdict: "passed", check: "success" },
  red: { verdict: "failed", check: "failure" },
  // The chart cannot be rendered: nobody could tell whether the change is good.
  broken: { verdict: "errored", check: "failure" },
} as const;

/** Whether a pull request got the verdict that its change makes, in the hub and on GitHub. */
export function isRight({ kind, verdict, check }: Life): boolean {
  return wanted[kind].verdict === verdict && wanted[kind].check === check;
}
