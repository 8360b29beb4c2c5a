import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { secondsUntilRetry, tryPolicies } from "./retry.ts";

/** `wait`: until somebody signals, or for `seconds` when a moment is known; null: no moment is known. */
export type Decision =
  | { do: "start"; kind: OperationKind; number: number }
  | { do: "expire" }
  | { do: "give-up"; number: number }
  | { do: "wait"; seconds: number | null }
  | { do: "end" };

/**
 * What happens next in an environment's life, from the hub's facts alone.
 *
 * Never a second operation beside an open one. A wish for `gone` is followed until `deleted`, however often a removal
 * fails; everything else is tried a few times at most where trying again may help.
 */
export function decide(facts: EnvironmentFacts): Decision {
  if (facts.state === "deleted") return { do: "end" };
  if (hasExpired(facts)) return { do: "expire" };
  const kind = isOpen(facts.operation) ? null : neededOperation(facts);
  return kind === null ? waitUntilExpiry(facts, null) : startOrHold(facts, kind);
}

function hasExpired({ wanted, expiresInSeconds }: EnvironmentFacts): boolean {
  return wanted !== "gone" && expiresInSeconds !== null && expiresInSeconds <= 0;
}

function isOpen(operation: EnvironmentFacts["operation"]): boolean {
  return operation?.state === "queued" || operation?.state === "leased";
}

/** The operation that would bring the environment closer to what is wished; null when it is there. */
function neededOperation(facts: EnvironmentFacts): OperationKind | null {
  const { state, wanted, generation, appliedGeneration, operation } = facts;
  if (wanted === "gone") return "down";
  // Somebody has to ask for something new, such as another template.
  if (state === "failed") return generation > (operation?.generation ?? 0) ? "update" : null;
  if (state === "requested" || state === "placed" || state === "creating") return "up";
  if (state === "updating" && appliedGeneration === 0) return "update";
  if (wanted === "sleeping") return state === "sleeping" ? null : "sleep";
  if (state === "sleeping" || isBetweenSleepAndWake(facts)) return "wake";
  if (generation > appliedGeneration || state === "updating") return "update";
  return facts.proveWanted ? "prove" : null;
}

function isBetweenSleepAndWake({ state, operation }: EnvironmentFacts): boolean {
  return state === "updating" && (operation?.kind === "sleep" || operation?.kind === "wake");
}

function startOrHold(facts: EnvironmentFacts, kind: OperationKind): Decision {
  const last = facts.operation;
  const start: Decision = { do: "start", kind, number: (last?.number ?? 0) + 1 };
  const isNewTemplate = (kind === "up" || kind === "update") && facts.generation > (last?.generation ?? 0);
  if (last === null || last.kind !== kind || isNewTemplate) return start;
  // The last answer was to an earlier question.
  if (kind === "prove" && (last.state === "succeeded" || last.failuresInRow === 0)) return start;
  if (last.state !== "succeeded" && isHopeless(last)) return { do: "give-up", number: last.number };
  const seconds = secondsUntilRetry(last);
  return seconds <= 0 ? start : waitUntilExpiry(facts, seconds);
}

/** True when no further try of this kind is worth it. A removal and a sleep are tried for as long as it takes. */
function isHopeless(last: NonNullable<EnvironmentFacts["operation"]>): boolean {
  const { tries, triesAfterLoss, triesAnyway } = tryPolicies[last.kind];
  if (last.state === "lost") return last.failuresInRow >= triesAfterLoss;
  const mayHelp = last.retryable || last.state === "cancelled";
  return last.failuresInRow >= (mayHelp ? tries : triesAnyway);
}

function waitUntilExpiry({ wanted, expiresInSeconds }: EnvironmentFacts, seconds: number | null): Decision {
  const expires = wanted === "gone" || expiresInSeconds === null ? null : expiresInSeconds;
  const known = [seconds, expires].filter((moment) => moment !== null);
  return { do: "wait", seconds: known.length === 0 ? null : Math.max(1, Math.ceil(Math.min(...known))) };
}
