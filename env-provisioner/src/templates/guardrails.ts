import type { podSecurityLevels } from "@seatrial/contracts/environments/environment-template.ts";
import { environmentLabel, expiresLabel, managedByLabel, projectLabel, reachesLabel } from "../labels.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import { guardrailNames } from "./guardrail-names.ts";

export type GuardrailRequest = {
  environmentId: string;
  project: string;
  namespace: string;
  expiresAtEpochSeconds: number;
  podSecurity: (typeof podSecurityLevels)[number];
  limits: GuardrailLimits;
  /** The provisioner's namespace, if it runs in the cluster: it proves endpoints from there. */
  probesFrom?: { namespace: string } | null;
  /** An endpoint has reach `network`: anybody may connect to the pods, and Services may have node ports. */
  fromNetwork?: boolean;
};

/** What all pods of an environment may use together, and where they may connect to. */
export type GuardrailLimits = {
  /** Promised to pods, all together. */
  cpuMillis: number;
  /** The most that containers may use, all together. */
  memoryBytes: number;
  pods: number;
  /** What volume claims may ask for, all together. */
  storageBytes: number;
  /** Pods may open connections to public addresses. */
  internet: boolean;
  /** More networks (CIDR) that stay closed even then, such as an API server's public address. */
  closedNetworks: readonly string[];
  /** Networks (CIDR) that are open always, such as a shared database or the API server for operators. */
  openNetworks?: readonly string[];
};

/**
 * The objects that go before every component: the namespace with its labels, quota, defaults for containers that say
 * nothing, and network policies: nothing comes in or goes out but names (DNS), the environment itself, the tests that
 * may reach it, and what the cluster's owner opens. Its default service account has no token.
 */
export function guardrails(request: GuardrailRequest): PlannedObject[] {
  const namespace = namespaceOf(request);
  const inside = [
    quota(request),
    defaults(request),
    denyAll(),
    allow(request),
    object("v1", "ServiceAccount", guardrailNames.serviceAccount, { automountServiceAccountToken: false }),
  ];
  const key = keyOf(namespace);
  return [
    { key, component, object: namespace, namespaced: false, after: [], source: null },
    ...inside.map((made) => ({
      key: keyOf(made),
      component,
      object: {
        ...made,
        metadata: { ...made.metadata, namespace: request.namespace, labels: labels(request) },
      },
      namespaced: true,
      after: [key],
      source: null,
    })),
  ];
}

const component = "guardrails";

function keyOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${component}/${apiVersion}/${kind}/${metadata.name}`;
}

function object(apiVersion: string, kind: string, name: string, rest: object): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

function labels({ environmentId, project }: GuardrailRequest): Record<string, string> {
  return { ...managedByLabel, [environmentLabel]: environmentId, [projectLabel]: project };
}

function namespaceOf(request: GuardrailRequest): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: request.namespace,
      labels: {
        ...labels(request),
        [expiresLabel]: String(request.expiresAtEpochSeconds),
        "pod-security.kubernetes.io/enforce": request.podSecurity,
      },
    },
  };
}

/** Load balancers cost money and node ports are few: none but for endpoints with reach `network`. */
function quota({ limits, fromNetwork }: GuardrailRequest): KubernetesObject {
  return object("v1", "ResourceQuota", guardrailNames.quota, {
    spec: {
      hard: {
        "requests.cpu": `${limits.cpuMillis}m`,
        "limits.memory": String(limits.memoryBytes),
        pods: String(limits.pods),
        "requests.storage": String(limits.storageBytes),
        "services.loadbalancers": fromNetwork ? "5" : "0",
        "services.nodeports": fromNetwork ? "20" : "0",
      },
    },
  });
}

/** A quota refuses containers that say nothing of what they need: these are small, so that many fit. */
function defaults({ limits }: GuardrailRequest): KubernetesObject {
  const memory = Math.min(512 * 1_048_576, limits.memoryBytes);
  const cpu = Math.min(50, limits.cpuMillis);
  return object("v1", "LimitRange", guardrailNames.defaults, {
    spec: {
      limits: [
        {
          type: "Container",
          default: { memory: String(memory) },
          defaultRequest: { cpu: `${cpu}m`, memory: String(Math.min(64 * 1_048_576, memory)) },
        },
      ],
    },
  });
}

function denyAll(): KubernetesObject {
  return object("networking.k8s.io/v1", "NetworkPolicy", guardrailNames.deny, {
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  });
}

function allow(request: GuardrailRequest): KubernetesObject {
  return object("networking.k8s.io/v1", "NetworkPolicy", guardrailNames.allow, {
    spec: {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: sources(request) }],
      egress: [
        // Where a cluster's name servers are differs: pods of kube-system, a cache on each node, the node itself.
        { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })) },
        { to: [{ podSelector: {} }, ...destinations(request.limits)] },
      ],
    },
  });
}

function sources({ environmentId, probesFrom, fromNetwork }: GuardrailRequest): object[] {
  const anywhere = [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }];
  return [
    { podSelector: {} },
    {
      // Tests have their own namespaces. In an environment's, whoever may make pods there could label them so.
      namespaceSelector: { matchExpressions: [{ key: environmentLabel, operator: "DoesNotExist" }] },
      podSelector: { matchLabels: { [reachesLabel]: environmentId } },
    },
    ...(probesFrom ? [probes(probesFrom.namespace)] : []),
    ...(fromNetwork ? anywhere : []),
  ];
}

function probes(namespace: string): object {
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: { "app.kubernetes.io/name": "seatrial-provisioner" } },
  };
}

/**
 * Private, shared and link-local networks (RFC 1918, 6598, 3927, 4193, 4291): pods and Services of others, nodes, API
 * servers and the metadata services of clouds are there.
 */
const closedAlways = {
  v4: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"],
  v6: ["fc00::/7", "fe80::/10", "::1/128"],
};

function destinations({ internet, closedNetworks, openNetworks = [] }: GuardrailLimits): object[] {
  const open = openNetworks.map((cidr) => ({ ipBlock: { cidr } }));
  if (!internet) return open;
  const isV6 = (cidr: string) => cidr.includes(":");
  const v4 = [...closedAlways.v4, ...closedNetworks.filter((cidr) => !isV6(cidr))];
  const v6 = [...closedAlways.v6, ...closedNetworks.filter(isV6)];
  return [...open, { ipBlock: { cidr: "0.0.0.0/0", except: v4 } }, { ipBlock: { cidr: "::/0", except: v6 } }];
}
