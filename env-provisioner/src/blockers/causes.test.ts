import { execFileSync } from "node:child_process";
import type { ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { describe, expect, test } from "vitest";
import type { ClusterObject, FoundObject } from "../teardown/found-object.ts";
import { shellCommand } from "./cause.ts";
import { explainFinalizers } from "./explain-finalizer.ts";
import { explainForeignNamespace, explainNamespace, explainRefusals } from "./explain-namespace.ts";
import { explainPod } from "./explain-pod.ts";
import { explainVolumeClaim } from "./explain-volume-claim.ts";
import { explainApiService } from "./find-dead-api-services.ts";
import { explainWebhook, namedWebhooks } from "./find-refusing-webhooks.ts";

const askedAt = "2026-05-01T10:00:00Z";
const askedAtMilliseconds = Date.parse(askedAt);

function found(kind: string, plural: string, more: Partial<ClusterObject>, group = ""): FoundObject {
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  const type: ResourceType = { apiVersion, group, kind, plural, namespaced: true, verbs: ["list", "delete"] };
  const { metadata, ...rest } = more;
  return {
    type,
    object: { metadata: { name: "demo", namespace: "shop", uid: "u-1", ...metadata }, ...rest },
  };
}
const meta = (more: object) => ({ name: "demo", namespace: "shop", uid: "u-1", ...more });

describe("a pod that was asked to end", () => {
  const pod = (more: object = {}) =>
    found("Pod", "pods", {
      metadata: meta({ deletionTimestamp: askedAt, deletionGracePeriodSeconds: 1, ...more }),
      spec: { nodeName: "n1" },
    });
  const node = (status: string): ClusterObject => ({
    metadata: { name: "n1", uid: "u-n" },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "Unknown" },
        { type: "Ready", status, reason: "NodeStatusUnknown", lastTransitionTime: "2026-05-01T09:59:00Z" },
      ],
    },
  });
  const later = askedAtMilliseconds + 60_000;

  test("is on a lost node when that node cannot be reached, since the node says", () => {
    expect(explainPod(pod(), node("Unknown"), later)).toMatchObject({
      kind: "lost_node",
      since: "2026-05-01T09:59:00Z",
      command: "kubectl delete pods demo -n shop --grace-period=0 --force",
      repair: { kind: "force_delete_pod", uid: "u-1" },
    });
    expect(explainPod(pod(), "missing", later)).toMatchObject({ kind: "lost_node" });
  });
  test("does not end on a node that works: that is told and never repaired", () => {
    expect(explainPod(pod(), node("True"), later)).toMatchObject({ kind: "pod_terminating", repair: null });
  });
  test("with a long grace ignores SIGTERM until its grace is over", () => {
    const slow = pod({ deletionTimestamp: "2026-05-01T10:10:00Z", deletionGracePeriodSeconds: 600 });
    expect(explainPod(slow, node("True"), askedAtMilliseconds)?.message).toContain(
      "has not ended on SIGTERM",
    );
  });
  test("within its grace, or not asked to end, is no cause", () => {
    expect(explainPod(pod(), node("True"), askedAtMilliseconds)).toBeNull();
    expect(explainPod(found("Pod", "pods", {}), node("Unknown"), later)).toBeNull();
  });
  test("on a node that may not be read is not called lost", () => {
    expect(explainPod(pod(), null, later)).toMatchObject({ kind: "pod_terminating", repair: null });
  });
});

describe("a finalizer", () => {
  const widget = (more: object) =>
    found("Widget", "widgets", { metadata: meta({ deletionTimestamp: askedAt, ...more }) }, "example.com");
  const managedFields = [
    { manager: "kubectl", fieldsV1: { "f:metadata": { "f:labels": {} } } },
    {
      manager: "widget-operator",
      fieldsV1: { "f:metadata": { "f:finalizers": { 'v:"example.com/a"': {} } } },
    },
  ];

  test("is told with who set it, who should serve it, and a command that leaves the others", async () => {
    const asked: (readonly string[])[] = [];
    const causes = await explainFinalizers(
      widget({ finalizers: ["example.com/a", "b"], managedFields }),
      async (_, managers) => {
        asked.push(managers);
        return ["Deployment ops/widgets (0 of 1 ready)"];
      },
    );
    expect(causes.map(({ message, command }) => [message, command])).toEqual([
      [
        'Widget demo waits for its finalizer example.com/a: set by "widget-operator"; Deployment ops/widgets (0 of 1 ready) should serve it.',
        `kubectl patch widgets.example.com demo -n shop --type=merge -p '{"metadata":{"finalizers":["b"]}}'`,
      ],
      [
        "Widget demo waits for its finalizer b: Deployment ops/widgets (0 of 1 ready) should serve it.",
        `kubectl patch widgets.example.com demo -n shop --type=merge -p '{"metadata":{"finalizers":["example.com/a"]}}'`,
      ],
    ]);
    expect(asked).toEqual([["widget-operator"], []]);
  });
  test("that nobody serves is said so, and one of Kubernetes' own names its controller", async () => {
    const causes = await explainFinalizers(
      widget({ finalizers: ["x", "foregroundDeletion"] }),
      async () => [],
    );
    expect(causes[0]?.message).toContain("nobody was found in this cluster who serves it");
    expect(causes[1]?.message).toContain("kube-controller-manager");
  });
  test("on an object that nobody asked to go is no cause", async () => {
    expect(
      await explainFinalizers(
        found("Widget", "w", { metadata: meta({ finalizers: ["x"] }) }),
        async () => [],
      ),
    ).toEqual([]);
  });
});

describe("a protected volume claim", () => {
  const claim = found("PersistentVolumeClaim", "persistentvolumeclaims", {
    metadata: meta({ deletionTimestamp: askedAt, finalizers: ["kubernetes.io/pvc-protection"] }),
  });
  const user = (name: string, namespace: string) =>
    found("Pod", "pods", {
      metadata: { name, namespace, uid: name },
      spec: { volumes: [{ name: "a" }, { name: "data", persistentVolumeClaim: { claimName: "demo" } }] },
    });

  test("names the pods of its namespace that use it", () => {
    const cause = explainVolumeClaim(claim, [user("p1", "shop"), user("p2", "elsewhere")]);
    expect(cause).toMatchObject({ kind: "volume_in_use", command: "kubectl delete pods p1 -n shop" });
    expect(cause?.message).toMatch(/in use by pod p1\.$/);
  });
  test("that no pod uses has no command", () => {
    expect(explainVolumeClaim(claim, [])).toMatchObject({ command: null });
  });
});

test("an APIService that is not available is told with its service and since when", () => {
  const service = (status: string) => ({
    metadata: { name: "v1.dead.example.com", uid: "u-a" },
    spec: { service: { namespace: "ops", name: "metrics" } },
    status: {
      conditions: [
        ...[{ type: "Available", status, reason: "ServiceNotFound", lastTransitionTime: askedAt }],
        { type: "Other", status: "False" },
      ],
    },
  });
  expect(explainApiService(service("True"))).toBeNull();
  const cause = explainApiService(service("False"));
  expect(cause).toMatchObject({
    since: askedAt,
    command: "kubectl delete apiservices.apiregistration.k8s.io v1.dead.example.com",
  });
  expect(cause?.message).toContain("service ops/metrics");
});

describe("a webhook", () => {
  // As a 1.36 API server and its namespace controller say it.
  const unreachable =
    'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: Post "https://nobody.ops.svc:443/?timeout=10s": service "nobody" not found';
  const denied = 'admission webhook "b.example.com" denied the request: not on a Friday';

  test("is found by its name in refusals of both kinds, and in nothing else", () => {
    const names = namedWebhooks([unreachable, denied, denied, 'pods "webhook" is forbidden']);
    expect([...names.keys()]).toEqual(["a.example.com", "b.example.com"]);
  });
  test("is told with its configuration and service", () => {
    const configuration = {
      kind: "ValidatingWebhookConfiguration" as const,
      metadata: { name: "guard", uid: "u-w" },
      webhooks: [{ name: "a.example.com", clientConfig: { service: { namespace: "ops", name: "nobody" } } }],
    };
    expect(explainWebhook("b.example.com", denied, [configuration])).toEqual([]);
    const [cause] = explainWebhook("a.example.com", unreachable, [configuration]);
    expect(cause?.message).toContain("of ValidatingWebhookConfiguration guard (service ops/nobody)");
    expect(cause?.command).toBe(
      "kubectl delete validatingwebhookconfigurations.admissionregistration.k8s.io guard",
    );
  });
});

test("a namespace's complaint is told; what it only counts is not", () => {
  const conditions = [
    ...[{ type: "NamespaceDeletionContentFailure", status: "True", reason: "Failed", message: "why" }],
    ...[{ type: "NamespaceDeletionDiscoveryFailure", status: "False" }],
    { type: "NamespaceContentRemaining", status: "True", message: "Some resources are remaining" },
  ];
  const causes = explainNamespace(found("Namespace", "namespaces", { status: { conditions } }));
  expect(causes.map(({ message }) => message)).toEqual(["namespace demo: Failed: why"]);
});

test("a namespace that lost its label is told only when it was recorded as the environment's", () => {
  const namespace: ClusterObject = { metadata: { name: "shop", uid: "u-1" } };
  const recorded = { apiVersion: "v1", kind: "Namespace", namespace: null, name: "shop", uid: "u-1" };
  expect(explainForeignNamespace(namespace, "shop", [recorded])).toHaveLength(1);
  expect(explainForeignNamespace(namespace, "shop", [{ ...recorded, uid: "u-2" }])).toEqual([]);
});

test("a refusal for want of a right is told with what was refused", () => {
  const [cause] = explainRefusals([
    { what: "/api/v1/namespaces/shop/pods", status: 403, message: "forbidden" },
  ]);
  expect(cause).toMatchObject({ kind: "unknown" });
  expect(cause?.message).toContain("/api/v1/namespaces/shop/pods");
});

test("a command is taken by a shell word by word, whatever is in a name", () => {
  const words = ["a b", "$(reboot)", "it's", "-p", '{"a":null}', "; rm", "*", ""];
  const printed = execFileSync("/bin/sh", ["-c", shellCommand("printf", "%s\\n", ...words)], {
    encoding: "utf8",
  });
  expect(printed).toBe(`${words.join("\n")}\n`);
});
