import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { Pod, PodManifest } from "@seatrial/kube-link/kube-types.ts";
import { type ExitDraft, exitOf } from "../judge/pod-view.ts";
import type { PodApi } from "../pods/pod-api.ts";
import { leaseLabel } from "../pods/pod-labels.ts";
import { isAway, isForbidden, isQuota, mayBeThePods } from "./judge-create.ts";

export type EnsurePodDeps = {
  pods: PodApi;
  /** The cluster makes no pods, whatever they are. */
  isBroken: () => boolean;
  clock: Clock;
  random?: () => number;
};
export type EnsuredPod = { pod: Pod } | { exit: ExitDraft } | "stopped";

/** How long a full quota, the pod of an older lease, or an error that may be about the pod is waited for. */
const crowdedMilliseconds = 120_000;
/** Rights, namespaces and policies are changed by people and tools that may be in the middle of it. */
const refusedMilliseconds = 30_000;

/**
 * Makes the pod, or finds the one that is there: a create that was answered by nobody may have worked. A pod of the
 * same attempt with an older lease is removed first. An API server that is away, or fails with any pod, is waited for
 * until the signal aborts; refusals that time does not mend are an exit at once.
 */
export async function ensurePod(
  deps: EnsurePodDeps,
  manifest: PodManifest,
  signal: AbortSignal,
): Promise<EnsuredPod> {
  const patience = createPatience(deps);
  const backoff = createBackoff({
    firstMilliseconds: 300,
    maxMilliseconds: 10_000,
    random: deps.random ?? Math.random,
  });
  while (!signal.aborted) {
    try {
      return { pod: await deps.pods.create(manifest) };
    } catch (error) {
      const found = hasStatus(error, 409) ? await findOwn(deps, manifest) : null;
      if (found) return { pod: found };
      if (patience.isOverWith(error)) return { exit: refusal(error, manifest) };
      await deps.clock.sleep(backoff.next(), signal);
    }
  }
  return "stopped";
}

async function findOwn(deps: EnsurePodDeps, manifest: PodManifest): Promise<Pod | null> {
  const existing = await deps.pods.get(manifest.metadata.name).catch(() => null);
  if (!existing) return null;
  const isOurs = existing.metadata.labels?.[leaseLabel] === manifest.metadata.labels?.[leaseLabel];
  if (isOurs && existing.metadata.deletionTimestamp === undefined) return existing;
  if (!isOurs) await deps.pods.remove(existing, 1).catch(() => {});
  return null;
}

/** Each kind of trouble has a time of its own, from when it began. */
function createPatience({ isBroken, clock }: EnsurePodDeps) {
  let trouble: { milliseconds: number; since: number } | null = null;
  return {
    isOverWith(error: unknown): boolean {
      const milliseconds = patienceWith(error, isBroken());
      if (trouble?.milliseconds !== milliseconds) trouble = { milliseconds, since: clock.elapsed() };
      return clock.elapsed() - trouble.since >= milliseconds;
    },
  };
}

function patienceWith(error: unknown, isBroken: boolean): number {
  const isOfPod = mayBeThePods(error);
  if (isAway(error) || (isOfPod && isBroken)) return Number.POSITIVE_INFINITY;
  if (isOfPod || hasStatus(error, 409) || isQuota(error)) return crowdedMilliseconds;
  return isForbidden(error) ? refusedMilliseconds : 0;
}

function refusal(error: unknown, manifest: PodManifest): ExitDraft {
  const why = error instanceof Error ? error.message : String(error);
  if (!(error instanceof KubeError))
    return exitOf("agent_error", `The agent could not reach its cluster's API server: ${why}`);
  return exitOf(
    "pod_rejected",
    `The cluster refused the pod in namespace '${manifest.metadata.namespace}' (${error.reason}): ${why}. Change the suite's 'resources' or image, or the namespace's quota and policies.`,
  );
}
