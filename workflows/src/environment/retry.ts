import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";

export type TryPolicy = {
  /** Failures in a row after which it is given up, when trying again may help. */
  tries: number;
  /** The same when the last one was lost with its provisioner: that says nothing about the template. */
  triesAfterLoss: number;
  /** The same when it is known not to help without somebody changing something. */
  triesAnyway: number;
  firstSeconds: number;
  longestSeconds: number;
};

const aFew = { tries: 5, triesAfterLoss: 15, triesAnyway: 1, firstSeconds: 5, longestSeconds: 60 };

const forEver = { tries: Infinity, triesAfterLoss: Infinity, triesAnyway: Infinity };

/**
 * How often each kind is tried. What somebody waits for is tried for about a minute and a half. A removal is never
 * given up: what blocks it may go away after days. A sleep harms nobody when it comes late.
 */
export const tryPolicies: Record<OperationKind, TryPolicy> = {
  up: aFew,
  update: aFew,
  wake: aFew,
  prove: aFew,
  sleep: { ...forEver, firstSeconds: 30, longestSeconds: 3_600 },
  down: { ...forEver, firstSeconds: 5, longestSeconds: 300 },
};

/** Doubles with each failure, up to the kind's longest. */
export function backoffSeconds(kind: OperationKind, failuresInRow: number): number {
  const { firstSeconds, longestSeconds } = tryPolicies[kind];
  return Math.min(longestSeconds, firstSeconds * 2 ** Math.min(20, Math.max(0, failuresInRow - 1)));
}

/** Seconds until an ended operation may be tried again; 0 or less: now. */
export function secondsUntilRetry(last: NonNullable<EnvironmentFacts["operation"]>): number {
  return backoffSeconds(last.kind, last.failuresInRow) - (last.endedSecondsAgo ?? 0);
}
