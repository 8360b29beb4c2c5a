import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { KubeEvent, Pod, PodList, PodManifest } from "@seatrial/kube-link/kube-types.ts";

/** The calls on pods of the work namespace. Failures are `KubeError`. */
export type PodApi = {
  create: (pod: PodManifest) => Promise<Pod>;
  /** Whether it could be made now: nothing is. */
  tryCreate: (pod: PodManifest) => Promise<void>;
  get: (name: string) => Promise<Pod | null>;
  list: () => Promise<PodList>;
  /** Deletes this very pod (by uid) if it is still there. Grace 0 is for nodes that are gone. */
  remove: (pod: Pod, graceSeconds: number) => Promise<void>;
  /** Shortens the time that this very pod may be active, counted by its node; it can never be made longer. */
  limit: (pod: Pod, activeSeconds: number) => Promise<void>;
  /** Events of the pod with this uid, oldest first; at most 50. */
  events: (pod: Pod) => Promise<KubeEvent[]>;
  /** The main container's output with a time stamp before each line. */
  log: (
    name: string,
    query: { follow: boolean; since: string | null },
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array>>;
  /** Watch events as lines of JSON. */
  watch: (
    resourceVersion: string,
    seconds: number,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array>>;
};

/** `labelSelector` names the agent's own pods. */
export function createPodApi(
  kube: KubeClient,
  namespace: string,
  labelSelector: string,
  container: string,
): PodApi {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  return {
    create: (pod) => kube.post<Pod>(pods, pod),
    async tryCreate(pod) {
      await kube.post(pods, pod, { query: { dryRun: "All" } });
    },
    async get(name) {
      try {
        return await kube.get<Pod>(`${pods}/${name}`);
      } catch (error) {
        if (hasStatus(error, 404)) return null;
        throw error;
      }
    },
    list: () => kube.get<PodList>(pods, { query: { labelSelector } }),
    async remove(pod, graceSeconds) {
      const preconditions =
        pod.metadata.uid === undefined ? {} : { preconditions: { uid: pod.metadata.uid } };
      const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        gracePeriodSeconds: graceSeconds,
        ...preconditions,
      };
      try {
        await kube.remove(`${pods}/${pod.metadata.name}`, body);
      } catch (error) {
        // Gone, or another pod has the name by now.
        if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
      }
    },
    async limit(pod, activeSeconds) {
      await kube.patch(`${pods}/${pod.metadata.name}`, {
        metadata: { uid: pod.metadata.uid },
        spec: { activeDeadlineSeconds: activeSeconds },
      });
    },
    async events(pod) {
      const fieldSelector = `involvedObject.uid=${pod.metadata.uid ?? ""}`;
      const path = `/api/v1/namespaces/${namespace}/events`;
      return (await kube.get<{ items: KubeEvent[] }>(path, { query: { fieldSelector, limit: 50 } })).items;
    },
    log: (name, query, signal) =>
      kube.stream(`${pods}/${name}/log`, {
        query: {
          container,
          timestamps: true,
          follow: query.follow,
          ...(query.since === null ? {} : { sinceTime: query.since }),
        },
        signal,
      }),
    watch: (resourceVersion, seconds, signal) =>
      kube.stream(pods, {
        query: {
          labelSelector,
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion,
          timeoutSeconds: seconds,
        },
        signal,
      }),
  };
}
