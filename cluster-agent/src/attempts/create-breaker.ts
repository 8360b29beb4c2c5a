import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod, PodManifest } from "@seatrial/kube-link/kube-types.ts";
import type { PodApi } from "../pods/pod-api.ts";
import { isRefusal, mayBeThePods } from "./judge-create.ts";

/** So many in a row: one alone may be about its pod. */
const mostRefusals = 2;

export type CreateBreakerDeps = {
  pods: Pick<PodApi, "create" | "tryCreate">;
  /** A pod of the agent's own: what a project asks for must not count as the cluster's fault. */
  probe: PodManifest;
  clock: Clock;
  logger: Logger;
  random?: () => number;
};

export type CreateBreaker = {
  /** Makes a pod, and counts how that went. */
  create: (manifest: PodManifest) => Promise<Pod>;
  /** True while the cluster makes no pods: whoever takes work then only spoils it. */
  isBroken: () => boolean;
  /** Calls when that changes; returns how to stop it. */
  subscribe: (listener: () => void) => () => void;
  /** Tries again and again while broken or in doubt, until the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>;
};

/** Notices a cluster that makes no pods at all, by creates that are refused or not answered, and when it does again. */
export function createBreaker({ pods, probe, clock, logger, random }: CreateBreakerDeps): CreateBreaker {
  let refusals = 0;
  let isProven = false;
  let changed = new AbortController();
  const listeners = new Set<() => void>();
  const isInDoubt = () => refusals >= mostRefusals;
  const isBroken = () => isInDoubt() && isProven;

  /** Errors that may be about the pods prove nothing until the agent's own is refused too. */
  function count(error: unknown, isOfProbe: boolean): void {
    const [wasInDoubt, was] = [isInDoubt(), isBroken()];
    refusals = isRefusal(error) ? refusals + 1 : 0;
    isProven = refusals > 0 && (isProven || isOfProbe || !mayBeThePods(error));
    if (wasInDoubt !== isInDoubt()) changed.abort();
    if (was === isBroken()) return;
    if (was) logger.info({}, "the cluster makes pods again, so work is asked for");
    else logger.warn({ error: String(error) }, "the cluster makes no pods, so no work is asked for");
    for (const listener of listeners) listener();
  }

  /** The first try is at once: the refusals may have been about those pods after all. */
  async function mend(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({
      ...{ firstMilliseconds: 2_000, maxMilliseconds: 30_000, random: random ?? Math.random },
    });
    while (isInDoubt() && !signal.aborted) {
      changed = new AbortController();
      const error = await pods.tryCreate(probe).then(
        () => null,
        (refusal: unknown) => refusal,
      );
      count(error, true);
      if (isInDoubt()) await clock.sleep(backoff.next(), AbortSignal.any([signal, changed.signal]));
    }
  }

  return {
    isBroken,
    async create(manifest) {
      try {
        const pod = await pods.create(manifest);
        count(null, false);
        return pod;
      } catch (error) {
        count(error, false);
        throw error;
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async run(signal) {
      while (!signal.aborted) {
        changed = new AbortController();
        if (isInDoubt()) await mend(signal);
        else await clock.sleep(600_000, AbortSignal.any([signal, changed.signal]));
      }
    },
  };
}
