import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { finishLease } from "@seatrial/hub-link/leases/finish-lease.ts";
import type { HeldLease } from "@seatrial/hub-link/leases/held-lease.ts";
import { driveRunner } from "./drive-runner.ts";
import { deadlineSeconds, endedAs } from "./operation-end.ts";
import type { OperationLink } from "./operation-link.ts";
import { prepareInTime } from "./prepare-in-time.ts";
import { untilAnswered } from "./prepare-operation.ts";
import { createProgressReporter, type ProgressReporter } from "./report-progress.ts";
import type { RunnerResult, RunnerSettings } from "./runner-messages.ts";
import type { RunnerPool } from "./runner-pool.ts";

export type RunLeaseDeps = {
  link: OperationLink;
  clock: Clock;
  logger: Logger;
  instance: string;
  /** Begins the name of each holder of a Lease in the cluster that is of this installation. */
  holderPrefix: string;
  /** Holders whose runners live now. */
  holders: Set<string>;
  settings: RunnerSettings;
  runners: RunnerPool;
  workFolder: string;
  /** No operation may take longer from its acknowledgement on, whatever its template says. */
  operationSeconds: number;
  /** This process stops soon: what is in hand is put down in order. */
  draining: AbortSignal;
  /** This process stops: runners are killed, and the hub gives the operations to the next life. */
  shutdown: AbortSignal;
};
type Lease = HeldLease<OperationGrant>;

/**
 * One operation from its lease to the hub's knowing its end:
 *
 *   folder → content and state → runner → state to the hub → finish → folder away
 *
 * A lease that was lost is fenced: its runner is killed at once and nothing is told. One that is cancelled comes to an
 * orderly end, because an apply is never cut in half.
 */
export async function runLease(deps: RunLeaseDeps, lease: Lease): Promise<void> {
  const folder = join(deps.workFolder, `${lease.grant.work.operationId}-${randomBytes(4).toString("hex")}`);
  await mkdir(folder, { mode: 0o700 });
  const fence = AbortSignal.any([deps.shutdown, lease.lost]);
  const progress = createProgressReporter({
    ...deps,
    send: (told) => deps.link.operationProgress(lease.leaseId, { instance: deps.instance, ...told }),
  });
  try {
    const result = await operate(deps, lease, { folder, fence, progress });
    if (!fence.aborted) await tellEnd(deps, lease, result, { fence, progress });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function operate(
  deps: RunLeaseDeps,
  lease: Lease,
  around: { folder: string; fence: AbortSignal; progress: ProgressReporter },
): Promise<RunnerResult> {
  const { work } = lease.grant;
  const { folder } = around;
  const seconds = deadlineSeconds(work, deps.operationSeconds);
  const deadline = { at: deps.clock.elapsed() + seconds * 1_000, seconds };
  // It starts while the hub is asked.
  const runner = deps.runners.take();
  const prepared = await prepareInTime(deps, lease, { ...around, deadline });
  if ("finish" in prepared) {
    await runner.kill();
    return prepared;
  }
  const holder = `${deps.holderPrefix}${deps.instance}/${work.operationId}`;
  const ownHolders = { prefix: deps.holderPrefix, alive: [...deps.holders] };
  deps.holders.add(holder);
  try {
    return await driveRunner({ ...deps, ...around, deadline }, lease, runner, {
      type: "start",
      work,
      settings: deps.settings,
      ...prepared,
      folder,
      holder,
      ownHolders,
    });
  } finally {
    deps.holders.delete(holder);
  }
}

async function tellEnd(
  deps: RunLeaseDeps,
  lease: Lease,
  { finish, state }: RunnerResult,
  { fence, progress }: { fence: AbortSignal; progress: ProgressReporter },
): Promise<void> {
  const { work } = lease.grant;
  const endedAt = new Date(deps.clock.now()).toISOString();
  try {
    if (state !== null) await untilAnswered(deps, fence, () => deps.link.putState(lease.leaseId, state));
  } catch (error) {
    if (fence.aborted) return;
    // Without its state the next operation adopts by label; the end still counts.
    deps.logger.warn(
      { operationId: work.operationId, error: String(error) },
      "the hub does not take a state",
    );
  }
  await progress.settled();
  const instead = (why: string) => ({
    ...endedAs("internal", `The hub refused this end: ${why}`).finish,
    ...{ instance: deps.instance, endedAt },
  });
  const outcome = await finishLease<Parameters<OperationLink["operationFinish"]>[1]>(
    { ...deps, finish: deps.link.operationFinish, instead },
    lease.leaseId,
    { ...finish, instance: deps.instance, endedAt },
    fence,
  );
  const { operationId, environmentId, operation } = work;
  const failure = finish.failure?.code ?? null;
  deps.logger.info({ operationId, environmentId, operation, failure, outcome }, "operation ended");
}
