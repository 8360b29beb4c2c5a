import type { RunState } from "@seatrial/contracts/runs/lifecycle.ts";

/** What the process says to scripts. `unknown`: nobody could tell (the hub, the network, the cluster, a fault here). */
export const exitCodes = { passed: 0, failed: 1, cancelled: 2, unknown: 3, noAccess: 4, usage: 64 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of a run's verdict; a run without one counts as not known. */
export function exitCodeOf(state: RunState): ExitCode {
  switch (state) {
    case "passed":
      return exitCodes.passed;
    case "failed":
      return exitCodes.failed;
    case "cancelled":
      return exitCodes.cancelled;
    case "errored":
    case "queued":
    case "running":
      return exitCodes.unknown;
  }
}
