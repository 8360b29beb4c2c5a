import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { HeldLease } from "@seatrial/hub-link/leases/held-lease.ts";
import { type Deadline, endedAs } from "./operation-end.ts";
import type { ProgressReporter } from "./report-progress.ts";
import type { RunnerResult, RunnerStart } from "./runner-messages.ts";
import type { Runner } from "./start-runner.ts";

export type DriveDeps = {
  clock: Clock;
  logger: Logger;
  deadline: Deadline;
  progress: ProgressReporter;
  /** Aborts when this process ends soon: what is waiting for something is put down in order. */
  draining: AbortSignal;
  /** Aborts when nothing may be done or told any more. */
  fence: AbortSignal;
};

/** Seconds after an orderly end was asked for until the runner is killed. */
const orderlyEndSeconds = 45;

/**
 * Gives a runner its operation and waits for the end: its own word, its death, its deadline, or the fence. The runner
 * and all that it started are gone when this resolves.
 */
export async function driveRunner(
  deps: DriveDeps,
  lease: HeldLease<OperationGrant>,
  runner: Runner,
  start: RunnerStart,
): Promise<RunnerResult> {
  const told = new Promise<RunnerResult>((resolve) =>
    runner.start(start, {
      step: ({ name, message }) => deps.progress.step(name, message),
      blockers: ({ blockers }) => deps.progress.blockers(blockers),
      result: ({ result }) => resolve(result),
    }),
  );
  const died = runner.ended.then(({ code, signal, said }) => {
    if (said !== "")
      deps.logger.warn({ operationId: start.work.operationId, said }, "a runner did not start");
    return endedAs("lost", `The runner ended before its operation did (${signal ?? `exit code ${code}`})`);
  });
  try {
    // What it told last arrives before its end does.
    return await Promise.race([told, died, endInTime(deps, lease, runner)]);
  } finally {
    await runner.kill();
  }
}

/** Sees that an operation that is stopped or late ends: first asked, then killed. A fenced one is killed at once. */
async function endInTime(
  deps: DriveDeps,
  lease: HeldLease<OperationGrant>,
  runner: Runner,
): Promise<RunnerResult> {
  const { clock, fence, draining, deadline } = deps;
  const over = new AbortController();
  void runner.ended.then(() => over.abort());
  const left = Math.max(0, deadline.at - clock.elapsed());
  await clock.sleep(left, AbortSignal.any([over.signal, fence, lease.stopping, draining]));
  const isCancelled = lease.stopping.aborted;
  const isDraining = draining.aborted && !isCancelled;
  if (!fence.aborted && !over.signal.aborted) {
    runner.stop(isCancelled ? "cancelled" : isDraining ? "draining" : "deadline");
    await clock.sleep(orderlyEndSeconds * 1_000, AbortSignal.any([over.signal, fence]));
  }
  if (over.signal.aborted) return new Promise(() => undefined);
  if (isDraining)
    return endedAs("lost", "The provisioner was replaced, and the operation did not end by itself before.");
  return isCancelled
    ? endedAs("cancelled", "The operation was stopped, did not end by itself and was killed.")
    : endedAs("deadline", `The operation did not end within ${deadline.seconds} s and was killed.`);
}
