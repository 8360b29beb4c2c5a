import type { OperationProgress } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type ProgressDeps = {
  send: (progress: Omit<OperationProgress, "instance">) => Promise<unknown>;
  clock: Clock;
  logger: Logger;
};

export type ProgressReporter = {
  step: (name: string, message: string) => void;
  blockers: (blockers: Blocker[]) => void;
  /** Resolves when all that was told has been sent or given up. */
  settled: () => Promise<void>;
};

/**
 * Tells the hub of steps in their order, without the operation waiting for it. What fails twice is left out: the
 * finish says all that counts.
 */
export function createProgressReporter(deps: ProgressDeps): ProgressReporter {
  let chain = Promise.resolve();
  function tell(part: Pick<OperationProgress, "step"> | Pick<OperationProgress, "blockers">): void {
    const progress = { at: new Date(deps.clock.now()).toISOString(), step: null, blockers: null, ...part };
    const send = async () => void (await deps.send(progress));
    chain = chain
      .then(send)
      .catch(send)
      .catch((error) => deps.logger.debug({ error: String(error) }, "progress was not taken"));
  }
  return {
    step: (name, message) => tell({ step: { name: name.slice(0, 60), message: message.slice(0, 2_000) } }),
    blockers: (blockers) => tell({ blockers: blockers.slice(0, 50) }),
    settled: () => chain,
  };
}
