/** How often a workflow reads again although nobody signalled. Signals do the work; this is for a lost one. */
export type Pace = {
  firstSeconds: number;
  /** Reached by doubling while nothing changes. */
  longestSeconds: number;
  /** The same after the hub did not answer, or refused. */
  firstRetrySeconds: number;
  longestRetrySeconds: number;
};

export const usualPace: Pace = {
  firstSeconds: 15,
  longestSeconds: 300,
  firstRetrySeconds: 1,
  longestRetrySeconds: 60,
};

export type Outcome = "changed" | "unchanged" | "failed";

/** The seconds to wait after each look. Deterministic: workflows replay it. */
export function createWaits(pace: Pace): { after: (outcome: Outcome) => number } {
  let unchanged = 0;
  let failed = 0;
  return {
    after(outcome) {
      if (outcome === "failed") {
        failed += 1;
        return retrySeconds(pace, failed);
      }
      failed = 0;
      unchanged = outcome === "changed" ? 1 : unchanged + 1;
      return doubled(pace.firstSeconds, pace.longestSeconds, unchanged);
    },
  };
}

/** The seconds after so many failures in a row, from 1 on. */
export function retrySeconds(pace: Pace, failures: number): number {
  return doubled(pace.firstRetrySeconds, pace.longestRetrySeconds, failures);
}

function doubled(first: number, longest: number, times: number): number {
  return Math.min(longest, first * 2 ** Math.min(20, times - 1));
}
