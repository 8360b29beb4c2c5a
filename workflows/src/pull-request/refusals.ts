import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { ForgeError } from "../github/forge-error.ts";

/** Until what a forge denied or refused is asked for again: only people change that, in minutes at best. */
export const refusalSeconds = 600;

/** Far more than stand at a time. */
const mostKept = 10_000;

/** What forges said no to, so that they are not asked for the very same at each news. */
export type Refusals = {
  note: (repositoryId: string, what: string, error: ForgeError) => void;
  /** How long it is not to be asked for; 0: ask. */
  secondsLeft: (what: string) => number;
  /** What the App still may not do in a repository, in words; null: nothing is known. */
  deniedIn: (repositoryId: string) => string | null;
};

/** A no that will be the same the next time, and nobody said when to ask again. */
export function isRefusal(error: unknown): error is ForgeError {
  if (!(error instanceof ForgeError) || error.retryInSeconds !== null) return false;
  return error.kind === "denied" || error.kind === "refused";
}

/** In memory: a new worker asks once more. */
export function createRefusals(clock: Clock): Refusals {
  const kept = new Map<string, { until: number; repositoryId: string; error: ForgeError }>();
  return {
    note(repositoryId, what, error) {
      if (kept.size >= mostKept) kept.clear();
      kept.set(what, { until: clock.now() + refusalSeconds * 1_000, repositoryId, error });
    },
    secondsLeft: (what) => Math.max(0, ((kept.get(what)?.until ?? 0) - clock.now()) / 1_000),
    deniedIn(repositoryId) {
      const now = clock.now();
      for (const each of kept.values())
        if (each.repositoryId === repositoryId && each.error.kind === "denied" && each.until > now)
          return each.error.message;
      return null;
    },
  };
}
