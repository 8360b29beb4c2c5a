import { OperationError } from "../operation-error.ts";
import type { SleepDeps } from "./sleep-environment.ts";
import { listWorkloads, remembered, setWorkload, type Workload } from "./workloads.ts";

const lookMilliseconds = 100;

/**
 * Gives every workload that sleeps its replicas back and forgets them, without waiting. An update begins with this
 * too: the engine sees no change in a sleeping object's inputs and would leave it at zero. Returns how many woke.
 */
export async function wakeWorkloads(deps: Omit<SleepDeps, "clock">): Promise<number> {
  const { kube, signal } = deps;
  const asleep = await findAsleep(deps);
  await Promise.all(
    asleep.map((workload) =>
      setWorkload(kube, workload, { replicas: countOf(workload), remembered: null }, signal),
    ),
  );
  return asleep.length;
}

/** The workloads that sleep. */
export async function findAsleep({ kube, namespace, signal }: Omit<SleepDeps, "clock">): Promise<Workload[]> {
  return (await listWorkloads(kube, namespace, signal)).filter((one) => remembered(one) !== null);
}

/** A number somebody else has overwritten is taken for one replica. */
function countOf(workload: Workload): number {
  const count = Number(remembered(workload));
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}

/** Waits until every workload has all its replicas. Throws `OperationError` (`not_ready`) that names one that has not. */
export async function waitUntilAwake(deps: SleepDeps, timeoutSeconds: number): Promise<void> {
  const { kube, namespace, clock, signal } = deps;
  const until = clock.elapsed() + timeoutSeconds * 1_000;
  for (;;) {
    const waiting = (await listWorkloads(kube, namespace, signal)).find((workload) => !isReady(workload));
    if (!waiting) return;
    if (clock.elapsed() >= until) {
      const { kind, object } = waiting;
      const has = `${object.status?.availableReplicas ?? 0} of ${object.spec.replicas ?? 1} replicas are available`;
      throw new OperationError(
        "not_ready",
        `${kind} ${object.metadata.name}: ${has} after ${timeoutSeconds} s`,
      );
    }
    await clock.sleep(lookMilliseconds, signal);
    signal.throwIfAborted();
  }
}

function isReady({ kind, object }: Workload): boolean {
  if (kind === "CronJob") return true;
  const { status = {}, metadata } = object;
  const wanted = object.spec.replicas ?? 1;
  return (
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status.availableReplicas ?? 0) >= wanted
  );
}
