import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { evidenceOfNode } from "./node-evidence.ts";
import { evidenceOfPod } from "./pod-evidence.ts";
import { evidenceOfReplaced, type PodEvent } from "./replaced-pods.ts";
import { listShortWorkloads } from "./short-workloads.ts";

export type EvidenceRequest = {
  kube: KubeClient;
  namespace: string;
  /** What the environment is known to have: a UID that is another or gone is evidence. */
  recorded: readonly ObjectReference[];
  /** RFC 3339. What happened before is left out. */
  since: string;
  signal: AbortSignal;
};

const most = 200;

/**
 * What went wrong in an environment since a time, as the cluster tells it: restarts, containers killed for memory,
 * pods that were replaced, warnings, nodes, and what is missing. 200 at most. `at` is null for what is wrong now and has no time.
 */
export async function gatherEvidence(request: EvidenceRequest): Promise<Evidence[]> {
  const { kube, namespace, signal } = request;
  // The cluster's times are whole seconds.
  const since = Math.floor(Date.parse(request.since) / 1_000) * 1_000;
  const list = <Item>(path: string) =>
    kube.get<{ items: Item[] }>(path, { signal }).then(({ items }) => items);
  const [pods, events, short] = await Promise.all([
    list<Pod>(`/api/v1/namespaces/${namespace}/pods`),
    list<PodEvent>(`/api/v1/namespaces/${namespace}/events`),
    listShortWorkloads(kube, namespace, signal),
  ]);
  const hosts = new Set(pods.map((pod) => pod.spec.nodeName).filter((name) => name !== undefined));
  const nodes = hosts.size === 0 ? [] : await list<Node>("/api/v1/nodes");
  const gone = await findGone(request);
  const found = [
    ...gone,
    ...short.map(({ object, available, wanted }) =>
      missing(object, `${available} of ${wanted} replicas are available`),
    ),
    ...nodes.filter((node) => hosts.has(node.metadata.name)).flatMap((node) => evidenceOfNode(node, since)),
    ...pods.flatMap((pod) => evidenceOfPod(pod, since)),
    ...evidenceOfReplaced(pods, events, since),
    ...events.flatMap((event) => evidenceOfEvent(event, since)),
  ];
  return found.slice(0, most);
}

function missing(object: string, message: string): Evidence {
  return { at: null, kind: "missing", object, message };
}

const workloadPaths: Readonly<Record<string, string>> = {
  "apps/v1/Deployment": "/apis/apps/v1/namespaces/*/deployments",
  "apps/v1/StatefulSet": "/apis/apps/v1/namespaces/*/statefulsets",
  "apps/v1/DaemonSet": "/apis/apps/v1/namespaces/*/daemonsets",
  "v1/Service": "/api/v1/namespaces/*/services",
  "v1/Pod": "/api/v1/namespaces/*/pods",
};

/** Recorded workloads, Services and pods that are no longer there, or are others of the same name. */
async function findGone(request: EvidenceRequest): Promise<Evidence[]> {
  const { kube, recorded, signal } = request;
  const found: Evidence[] = [];
  const types = new Set(recorded.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  for (const type of types) {
    const path = workloadPaths[type]?.replace("*", request.namespace);
    if (path === undefined) continue;
    const { items } = await kube.get<{ items: Pod[] }>(path, { signal });
    const uids = new Set(items.map((item) => item.metadata.uid));
    for (const { apiVersion, kind, name, uid } of recorded)
      if (`${apiVersion}/${kind}` === type && uid !== null && !uids.has(uid))
        found.push(missing(`${kind}/${name}`, "it was made with the environment and is gone"));
  }
  return found;
}

function evidenceOfEvent(event: PodEvent, since: number): Evidence[] {
  const at = event.lastTimestamp ?? event.eventTime ?? null;
  if (event.type !== "Warning" || at === null || Date.parse(at) < since) return [];
  const object = `${event.involvedObject?.kind ?? "?"}/${event.involvedObject?.name ?? "?"}`.slice(0, 400);
  const message = `${event.reason ?? ""}: ${event.message ?? ""}`.slice(0, 2_000);
  return [{ at: new Date(at).toISOString(), kind: "event", object, message }];
}
