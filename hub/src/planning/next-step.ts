import { infrastructureReasons } from "@seatrial/contracts/runs/exit.ts";
import type { Attempt, Shard } from "../leases/attempt-context.ts";

/** What follows from an attempt that is over. */
export type NextStep =
  | { step: "retry"; budget: "red" | "infrastructure" }
  | { step: "end"; state: "passed" | "failed" | "errored" | "cancelled"; reason: string | null };

type Budgets = { retries: number; infrastructureRetries: number };

/**
 * Decides what a shard does after its last attempt ended: red tests are tried again within `retries`, lost or broken
 * infrastructure within `infrastructureRetries`. What nobody can mend by trying again (limits, configuration) ends it.
 */
export function nextStep(
  shard: Pick<Shard, "redRetriesUsed" | "infrastructureRetriesUsed">,
  attempt: Pick<Attempt, "state" | "exit">,
  budgets: Budgets,
  isCancelRequested: boolean,
): NextStep {
  const reason = attempt.exit?.message || null;
  switch (attempt.state) {
    case "passed":
      return { step: "end", state: "passed", reason: null };
    case "cancelled":
      return { step: "end", state: "cancelled", reason };
    case "failed":
      if (!isCancelRequested && shard.redRetriesUsed < budgets.retries)
        return { step: "retry", budget: "red" };
      return { step: "end", state: "failed", reason };
    default:
      return afterNoVerdict(shard, attempt, budgets, isCancelRequested);
  }
}

function afterNoVerdict(
  shard: Pick<Shard, "infrastructureRetriesUsed">,
  attempt: Pick<Attempt, "state" | "exit">,
  budgets: Budgets,
  isCancelRequested: boolean,
): NextStep {
  const { exit } = attempt;
  const isLost = attempt.state === "lost";
  // An agent that stopped it unasked ("cancelled" with no cancel) is as good as lost.
  const mayMend =
    isLost || (exit !== null && (infrastructureReasons.has(exit.reason) || exit.reason === "cancelled"));
  if (isCancelRequested) return { step: "end", state: "cancelled", reason: null };
  if (mayMend && shard.infrastructureRetriesUsed < budgets.infrastructureRetries)
    return { step: "retry", budget: "infrastructure" };
  const why = isLost
    ? "its lease ran out: the agent or its cluster fell silent"
    : exit?.message || exit?.reason || "";
  const tries = mayMend ? ` (after ${shard.infrastructureRetriesUsed} infrastructure retries)` : "";
  return { step: "end", state: "errored", reason: `${why}${tries}` };
}
