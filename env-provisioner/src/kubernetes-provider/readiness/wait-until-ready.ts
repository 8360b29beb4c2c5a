import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { pathOfType, type ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { watchUntil } from "@seatrial/kube-link/watch-until.ts";
import type { LiveObject } from "../live-object.ts";
import { groupOf } from "../object-identity.ts";
import { explainNotReady } from "./explain-not-ready.ts";
import { judgeObject } from "./judge-object.ts";
import { failed, ready, type Verdict, waiting } from "./verdict.ts";

export type ReadinessDeps = {
  kube: KubeClient;
  waitForIngress: boolean;
  /** True when pods that the plan brings will stand behind the Service. */
  expectsEndpoints: (service: LiveObject) => boolean;
};

/** It is not ready and waiting ended; the message says why, as far as the cluster tells. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
}

/** What is followed, and how it is judged. */
type Question = {
  path: string;
  query: Record<string, string>;
  judge: (objects: readonly LiveObject[]) => Verdict;
};

/**
 * Waits until an applied object is ready. Rejects with `NotReadyError` when it failed for good or the signal aborts.
 */
export async function waitUntilReady(
  deps: ReadinessDeps,
  type: ResourceType,
  applied: LiveObject,
  signal: AbortSignal,
): Promise<void> {
  const { waitForIngress } = deps;
  if (!isAskedElsewhere(deps, applied) && judgeObject(applied, { waitForIngress }).state === "ready") return;
  const { path, query, judge } = await questionFor(deps, type, applied);
  let last: Verdict = waiting("it was not seen yet");
  try {
    await watchUntil<LiveObject, true>(deps.kube, {
      path,
      query,
      signal,
      decide(objects) {
        last = judge(objects);
        if (last.state === "failed") throw new NotReadyError(last.why);
        return last.state === "ready" ? true : undefined;
      },
    });
  } catch (error) {
    if (!signal.aborted && !(error instanceof NotReadyError)) throw error;
    const why = last.state === "ready" ? "" : last.why;
    const details = await explainNotReady(deps.kube, applied);
    throw new NotReadyError([why, ...details].join("; "), { cause: error });
  }
}

/** Namespaces and Services say nothing of themselves: others do. */
function isAskedElsewhere(deps: ReadinessDeps, object: LiveObject): boolean {
  if (groupOf(object.apiVersion) !== "") return false;
  return object.kind === "Namespace" || (object.kind === "Service" && deps.expectsEndpoints(object));
}

async function questionFor(deps: ReadinessDeps, type: ResourceType, applied: LiveObject): Promise<Question> {
  const { name, namespace = null } = applied.metadata;
  if (type.group === "" && type.kind === "Namespace") return accountOf(name);
  if (type.group === "" && type.kind === "Service" && deps.expectsEndpoints(applied))
    return endpointsOf(name, namespace ?? "");
  const isUnclaimed = type.kind === "PersistentVolumeClaim" && (await waitsForConsumer(deps.kube, applied));
  return {
    path: pathOfType(type, namespace),
    query: { fieldSelector: `metadata.name=${name}` },
    judge([live]) {
      if (live === undefined) return waiting("it is not there");
      if (live.metadata.uid !== applied.metadata.uid) return failed("somebody deleted it meanwhile");
      if (isUnclaimed) return ready;
      // Objects of a list come without what they all are.
      const whole = { ...live, apiVersion: applied.apiVersion, kind: applied.kind };
      return judgeObject(whole, { applied, waitForIngress: deps.waitForIngress });
    },
  };
}

/** Pods are refused until a namespace's default ServiceAccount is there. */
function accountOf(namespace: string): Question {
  return {
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    query: { fieldSelector: "metadata.name=default" },
    judge: ([account]) => (account ? ready : waiting("its default ServiceAccount is not there yet")),
  };
}

type EndpointSlice = LiveObject & {
  endpoints?: { addresses?: string[]; conditions?: { ready?: boolean } }[] | null;
};

function endpointsOf(service: string, namespace: string): Question {
  return {
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${service}` },
    judge(slices) {
      const endpoints = (slices as readonly EndpointSlice[]).flatMap((slice) => slice.endpoints ?? []);
      // The API says of `ready`: nil means true.
      const isReady = endpoints.some(
        ({ addresses, conditions }) => addresses?.length && conditions?.ready !== false,
      );
      return isReady ? ready : waiting(`none of its ${endpoints.length} endpoints is ready`);
    },
  };
}

/** A claim of such a class is bound when a pod uses it, and that pod's readiness tells of it. */
async function waitsForConsumer(kube: KubeClient, claim: LiveObject): Promise<boolean> {
  const name = claim.spec?.storageClassName;
  if (typeof name !== "string" || name === "") return false;
  const path = `/apis/storage.k8s.io/v1/storageclasses/${encodeURIComponent(name)}`;
  const storageClass = await kube.get<{ volumeBindingMode?: string }>(path).catch(() => null);
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}
