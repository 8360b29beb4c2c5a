import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { OperationError } from "../operation-error.ts";
import { listWorkloads, remembered, setWorkload, type Workload } from "./workloads.ts";

export type SleepDeps = { kube: KubeClient; namespace: string; clock: Clock; signal: AbortSignal };

const lookMilliseconds = 150;

/**
 * Scales everything of an environment to zero, remembers how it was, and waits until its pods are gone. A horizontal
 * autoscaler leaves a target with zero replicas alone by itself. Done twice, the first memory stays. Returns how many
 * workloads sleep. Throws `OperationError` (`not_ready`) when pods stay longer than `timeoutSeconds`.
 */
export async function sleepEnvironment(deps: SleepDeps, timeoutSeconds: number): Promise<number> {
  const { kube, namespace, clock, signal } = deps;
  const awake = (await listWorkloads(kube, namespace, signal)).filter(isAwake);
  await Promise.all(
    awake.map((workload) =>
      setWorkload(
        kube,
        workload,
        { replicas: 0, remembered: remembered(workload) ?? current(workload) },
        signal,
      ),
    ),
  );
  const until = clock.elapsed() + timeoutSeconds * 1_000;
  for (;;) {
    const left = (await listPods(kube, namespace, signal)).filter(isOfScaled);
    if (left.length === 0) return awake.length;
    if (clock.elapsed() >= until)
      throw new OperationError("not_ready", `Pods stay although nothing wants them: ${namesOf(left)}`);
    await clock.sleep(lookMilliseconds, signal);
    signal.throwIfAborted();
  }
}

function isAwake({ kind, object }: Workload): boolean {
  return kind === "CronJob" ? object.spec.suspend !== true : (object.spec.replicas ?? 1) > 0;
}

/** In words that {@link wakeWorkloads} reads: a CronJob that ran has "1", as if it were one replica. */
function current({ kind, object }: Workload): string {
  return kind === "CronJob" ? "1" : String(object.spec.replicas ?? 1);
}

async function listPods(kube: KubeClient, namespace: string, signal: AbortSignal): Promise<Pod[]> {
  return (await kube.get<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods`, { signal })).items;
}

/** Pods of Deployments and StatefulSets: those of jobs end by themselves, those of DaemonSets stay. */
function isOfScaled(pod: Pod): boolean {
  return (
    pod.metadata.ownerReferences?.some(({ kind }) => kind === "ReplicaSet" || kind === "StatefulSet") ?? false
  );
}

function namesOf(pods: Pod[]): string {
  return pods
    .slice(0, 5)
    .map((pod) => pod.metadata.name)
    .join(", ");
}
