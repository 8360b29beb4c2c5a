import type { KubeObject } from "./follow-objects.ts";
import type { PodFact, PolicySpec, PolicyWorld } from "./policy-types.ts";

type Labelled = KubeObject & { metadata: { labels?: Record<string, string> } };
export type WatchedPod = Labelled & {
  spec: {
    hostNetwork?: boolean;
    containers: ContainerPorts[];
    initContainers?: (ContainerPorts & { restartPolicy?: string })[];
  };
  status?: { phase?: string; podIP?: string };
};
type ContainerPorts = { ports?: { name?: string; protocol?: string; containerPort: number }[] };
export type WatchedNamespace = Labelled;
export type WatchedPolicy = KubeObject & { spec: PolicySpec };

export type Known = {
  readonly pods: ReadonlyMap<string, WatchedPod>;
  readonly namespaces: ReadonlyMap<string, WatchedNamespace>;
  readonly policies: ReadonlyMap<string, WatchedPolicy>;
  /** Addresses by pod uid that the node gave and the API may not have yet. */
  readonly sandboxes: ReadonlyMap<string, string>;
};

/** Pods that have ended give their address back; pods on the node's network are outside of policies. */
export function gatherWorld({ pods, namespaces, policies, sandboxes }: Known): PolicyWorld {
  return {
    pods: [...pods.values()].flatMap((pod) => podFact(pod, sandboxes)),
    namespaces: new Map(
      [...namespaces.values()].map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
    ),
    policies: [...policies.values()].map(({ metadata, spec }) => ({
      namespace: metadata.namespace ?? "",
      spec,
    })),
  };
}

function podFact(pod: WatchedPod, sandboxes: Known["sandboxes"]): PodFact[] {
  const { metadata, spec, status } = pod;
  const address = status?.podIP ?? sandboxes.get(metadata.uid ?? "");
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  if (address === undefined || hasEnded || spec.hostNetwork) return [];
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const ports = [...spec.containers, ...sidecars].flatMap((container) =>
    (container.ports ?? []).flatMap(({ name, protocol = "TCP", containerPort }) =>
      name === undefined ? [] : [{ name, protocol, number: containerPort }],
    ),
  );
  const { namespace = "", name, labels = {} } = metadata;
  return [{ namespace, name, labels, address, ports }];
}
