import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";
import { admitObjects, findRefusals } from "./admit-objects.ts";
import { createKnownFields } from "./fields/known-fields.ts";
import { guardrails } from "./guardrails.ts";
import { someTypes } from "./testing/content-folder.ts";

const namespace = "shop-pr-12-k3x";
const policy: AdmissionPolicy = {
  environmentId: "e-aaaaaaaaaaaaaaaa",
  namespace,
  clusterKinds: [],
  reaches: ["cluster"],
  resources: someTypes(),
  fields: createKnownFields(),
};

function planned(yaml: string, component = "app"): PlannedObject {
  const object = parse(yaml) as KubernetesObject;
  const namespaced = someTypes().isNamespaced(object.apiVersion, object.kind) ?? true;
  const key = `${component}/${object.apiVersion}/${object.kind}/${object.metadata.name}`;
  return { key, component, object, namespaced, after: [], source: { file: "deploy/app.yaml", line: 7 } };
}

const refusalsOf = (yaml: string, more: Partial<AdmissionPolicy> = {}) =>
  findRefusals([planned(yaml)], { ...policy, ...more }).map(({ message }) => message);

const rbac = "apiVersion: rbac.authorization.k8s.io/v1";
const network = "apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: own}";

describe("is refused, with place and what to do", () => {
  test.each([
    [
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: kube-system}}`,
      "ConfigMap a is in another namespace than the environment's: remove metadata.namespace (in a chart, write {{ .Release.Namespace }})",
    ],
    [
      "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {volumeName: theirs}}",
      "PersistentVolumeClaim a chooses its volume (volumeName or selector), which may be somebody else's: remove it, and let the storage class make one",
    ],
    [
      "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {volumeClaimTemplates: [{spec: {selector: {matchLabels: {a: b}}}}]}}",
      "StatefulSet a chooses its volume (volumeName or selector), which may be somebody else's: remove it, and let the storage class make one",
    ],
    [
      "{apiVersion: v1, kind: Namespace, metadata: {name: a}}",
      "Namespace a is a namespace: an environment has exactly one, which Seatrial makes; remove it",
    ],
    [
      `{${rbac}, kind: ClusterRole, metadata: {name: a}}`,
      "ClusterRole a is cluster-scoped, and this cluster allows no cluster-scoped kinds: switch it off, or ask the cluster's owner to allow rbac.authorization.k8s.io/ClusterRole",
    ],
    [
      "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: seatrial-deny}, spec: {podSelector: {}}}",
      "NetworkPolicy seatrial-deny has the name of a guardrail: give it another, or remove it",
    ],
    [
      "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}",
      "ServiceAccount default has the name of a guardrail: give it another, or remove it",
    ],
    [
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: A_b}}",
      "ConfigMap A_b has no valid name: use at most 253 lower-case letters, digits, '-' and '.'",
    ],
    [
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, finalizers: [example.com/keep]}}",
      "ConfigMap a has the finalizer example.com/keep: it could keep the environment from being removed; remove metadata.finalizers",
    ],
    [
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, ownerReferences: [{kind: Pod, name: b, uid: c}]}}",
      "ConfigMap a has ownerReferences: its owner is the environment; remove them",
    ],
    [
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {seatrial.dev/environment: e-b}}}",
      "ConfigMap a has the label or annotation seatrial.dev/environment: seatrial.dev/ is Seatrial's own; remove it",
    ],
    [
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: {seatrial.dev/reaches: e-b}}}}}",
      "Deployment a has the label or annotation seatrial.dev/reaches: seatrial.dev/ is Seatrial's own; remove it",
    ],
    [
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {finalizers: [example.com/keep]}}}}",
      "Deployment a has the finalizer example.com/keep: it could keep the environment from being removed; remove metadata.finalizers",
    ],
    [
      "{apiVersion: example.com/v1, kind: Shop, metadata: {name: a}, spec: {podLabels: {seatrial.dev/reaches: e-b}}}",
      "Shop a has the label or annotation seatrial.dev/reaches: seatrial.dev/ is Seatrial's own; remove it",
    ],
    [
      "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {priorityClassName: system-node-critical}}}}}}",
      "CronJob a has the priority system-node-critical: it would drive pods of others out; remove priorityClassName",
    ],
    [
      "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {nodeName: control-plane}}",
      "Pod a names its node: that passes the scheduler and its taints by; write nodeSelector instead",
    ],
    [
      "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, endpoints: [{addresses: [10.1.2.3]}]}",
      "EndpointSlice a leads to addresses that need not be the environment's: write a Service with a selector",
    ],
    [
      "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ExternalName, externalName: other.svc}}",
      "Service a is an ExternalName Service: ingress controllers and probes would follow it to somebody else; name the host where it is used",
    ],
    ...[
      "Ingress, metadata: {name: a}, spec: {rules: [{host: shop.example.org}]}",
      "Ingress, metadata: {name: a}, spec: {rules: [{host: shop-pr-12-k3x.example.org}, {http: {}}]}",
      "Ingress, metadata: {name: a}, spec: {defaultBackend: {service: {name: web}}}",
      "Ingress, metadata: {name: a}, spec: {rules: []}",
    ].map((rest): [string, string] => [
      `{apiVersion: networking.k8s.io/v1, kind: ${rest}}`,
      "Ingress a would take the traffic of others: name hosts, each with the namespace in it, as in web.${environment.namespace}.example.org (in a chart: {{ .Release.Namespace }})",
    ]),
    [
      "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}, spec: {parentRefs: [{name: shared}]}}",
      "HTTPRoute a would take the traffic of others: name hosts, each with the namespace in it, as in web.${environment.namespace}.example.org (in a chart: {{ .Release.Namespace }})",
    ],
    [
      "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort}}",
      "Service a is a NodePort Service, and no endpoint has reach network: make it ClusterIP, or write expose: {web: {port: …, reach: network}}",
    ],
    [
      "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {externalIPs: [10.0.0.1]}}",
      "Service a has externalIPs, which take other people's traffic: remove them",
    ],
    [
      `{${rbac}, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: b}]}`,
      "RoleBinding a gives a ClusterRole: only view may be given; write a Role with what is needed",
    ],
    [
      `{${rbac}, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: Role, name: b}, subjects: [{kind: ServiceAccount, name: b, namespace: other}]}`,
      /gives rights to somebody outside the environment/,
    ],
    [
      `{${rbac}, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: Role, name: b}, subjects: [{kind: Group, name: "system:authenticated"}]}`,
      /gives rights to somebody outside the environment/,
    ],
    [
      `{${rbac}, kind: Role, metadata: {name: a}, rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]}`,
      /could take the guardrails off/,
    ],
    [
      `{${rbac}, kind: Role, metadata: {name: a}, rules: [{apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [delete]}]}`,
      /could take the guardrails off/,
    ],
    [`{${network}, spec: {podSelector: {}, ingress: [{}]}}`, /opens more than its own namespace/],
    [
      `{${network}, spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}}`,
      /opens more than its own namespace/,
    ],
    [
      `{${network}, spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}}`,
      /opens more than its own namespace/,
    ],
  ])("%s", (yaml, message) => {
    const expected =
      typeof message === "string" ? `deploy/app.yaml:7: ${message}` : expect.stringMatching(message);
    expect(refusalsOf(yaml)).toEqual([expected]);
  });

  test("the same object in two components", () => {
    const yaml = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    expect(
      findRefusals([planned(yaml, "one"), planned(yaml, "two")], policy).map(({ message }) => message),
    ).toEqual(["deploy/app.yaml:7: ConfigMap a is in component one too: keep one"]);
  });

  test("more objects than fit", () => {
    const many = Array.from({ length: 2_001 }, (_, index) =>
      planned(`{apiVersion: v1, kind: ConfigMap, metadata: {name: a${index}}}`),
    );
    expect(findRefusals(many, policy).map(({ name }) => name)).toEqual(["a2000"]);
  });

  test("the first, as an error of the operation", () => {
    const objects = [planned("{apiVersion: v1, kind: Namespace, metadata: {name: a}}")];
    expect(() => admitObjects(objects, policy)).toThrow(
      expect.objectContaining({ code: "object_refused", place: { file: "deploy/app.yaml", line: 7 } }),
    );
  });
});

describe("is let through", () => {
  test.each<[string, Partial<AdmissionPolicy>]>([
    [`{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ${namespace}}}`, {}],
    [
      "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort}}",
      { reaches: ["network"] },
    ],
    [
      `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {rules: [{host: web.${namespace}.example.org}]}}`,
      {},
    ],
    [
      `{${network}, spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}}`,
      {},
    ],
    [
      `{${rbac}, kind: Role, metadata: {name: "system:a"}, rules: [{apiGroups: [""], resources: [pods, secrets], verbs: ["*"]}, {apiGroups: ["*"], resources: ["*"], verbs: [get, list]}]}`,
      {},
    ],
    [
      `{${rbac}, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: view}, subjects: [{kind: ServiceAccount, name: b, namespace: ${namespace}}]}`,
      {},
    ],
    [
      `{${rbac}, kind: ClusterRole, metadata: {name: ${namespace}-a}, rules: []}`,
      { clusterKinds: ["rbac.authorization.k8s.io/ClusterRole"] },
    ],
    [
      "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.example.com}}",
      { clusterKinds: ["apiextensions.k8s.io/CustomResourceDefinition"] },
    ],
  ])("%s", (yaml, more) => {
    expect(refusalsOf(yaml, more)).toEqual([]);
  });

  test("but an allowed role of the cluster adds to none of its own", () => {
    const metadata = `{name: ${namespace}-a, labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}`;
    const yaml = `{${rbac}, kind: ClusterRole, metadata: ${metadata}, rules: []}`;
    expect(refusalsOf(yaml, { clusterKinds: ["rbac.authorization.k8s.io/ClusterRole"] })).toEqual([
      expect.stringContaining("adds to a role of the whole cluster"),
    ]);
  });

  test("but an allowed cluster-scoped object needs a name of its own", () => {
    const yaml = `{${rbac}, kind: ClusterRole, metadata: {name: app}, rules: []}`;
    expect(refusalsOf(yaml, { clusterKinds: ["rbac.authorization.k8s.io/ClusterRole"] })).toEqual([
      expect.stringContaining("would meet that of another environment"),
    ]);
  });
});

describe("guardrails", () => {
  const request = {
    environmentId: "e-aaaaaaaaaaaaaaaa",
    project: "shop",
    namespace,
    expiresAtEpochSeconds: 1_800_000_000,
    podSecurity: "restricted" as const,
    limits: {
      cpuMillis: 4_000,
      memoryBytes: 8 * 1_024 ** 3,
      pods: 30,
      storageBytes: 1_073_741_824,
      internet: true,
      closedNetworks: ["203.0.113.0/24"],
    },
  };
  const find = (kind: string, name: string, from = guardrails(request)) =>
    from.find(({ object }) => object.kind === kind && object.metadata.name === name)?.object;

  test("are a namespace that says whose it is and when it ends, and objects that wait for nothing else", () => {
    const made = guardrails(request);
    expect(made[0]?.object.metadata.labels).toEqual({
      "app.kubernetes.io/managed-by": "seatrial",
      "seatrial.dev/environment": "e-aaaaaaaaaaaaaaaa",
      "seatrial.dev/project": "shop",
      "seatrial.dev/expires": "1800000000",
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    expect(made.slice(1).every(({ after }) => after.join() === made[0]?.key)).toBe(true);
    expect(made.slice(1).every(({ object }) => object.metadata.namespace === namespace)).toBe(true);
  });

  test("let in nobody but the environment, its tests and the provisioner", () => {
    const from = guardrails({ ...request, probesFrom: { namespace: "seatrial" } });
    expect(find("NetworkPolicy", "seatrial-deny", from)?.spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    expect(find("NetworkPolicy", "seatrial-allow", from)?.spec).toMatchObject({
      ingress: [
        {
          from: [
            { podSelector: {} },
            {
              namespaceSelector: {
                matchExpressions: [{ key: "seatrial.dev/environment", operator: "DoesNotExist" }],
              },
              podSelector: { matchLabels: { "seatrial.dev/reaches": "e-aaaaaaaaaaaaaaaa" } },
            },
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "seatrial" } },
              podSelector: { matchLabels: { "app.kubernetes.io/name": "seatrial-provisioner" } },
            },
          ],
        },
      ],
    });
  });

  test("open the internet as public addresses only, or not at all", () => {
    const open = JSON.stringify(find("NetworkPolicy", "seatrial-allow"));
    expect(open).toContain('"cidr":"0.0.0.0/0","except":["10.0.0.0/8"');
    expect(open).toContain("203.0.113.0/24");
    const closed = guardrails({
      ...request,
      limits: { ...request.limits, internet: false, openNetworks: ["10.1.2.3/32"] },
    });
    expect(JSON.stringify(find("NetworkPolicy", "seatrial-allow", closed))).not.toContain("0.0.0.0/0");
    expect(JSON.stringify(find("NetworkPolicy", "seatrial-allow", closed))).toContain("10.1.2.3/32");
  });

  test("forbid node ports until an endpoint has reach network", () => {
    const hard = (fromNetwork: boolean) =>
      find("ResourceQuota", "seatrial-quota", guardrails({ ...request, fromNetwork }))?.spec;
    expect(hard(false)).toMatchObject({
      hard: {
        ...{ "requests.cpu": "4000m", "requests.storage": "1073741824", pods: "30" },
        "services.nodeports": "0",
      },
    });
    expect(hard(true)).toMatchObject({ hard: { "services.nodeports": "20" } });
  });

  test("are what a template may not name", () => {
    for (const { object, namespaced, key } of guardrails(request)) {
      const refused = findRefusals(
        [
          {
            key,
            component: "app",
            object: { ...object, metadata: { name: object.metadata.name } },
            namespaced,
            after: [],
            source: null,
          },
        ],
        policy,
      );
      expect(refused, key).not.toEqual([]);
    }
  });
});
