import { describe, expect, test } from "vitest";
import type { LiveObject } from "../live-object.ts";
import { judgeObject } from "./judge-object.ts";

const live = (apiVersion: string, kind: string, rest: Record<string, unknown>): LiveObject =>
  ({ apiVersion, kind, metadata: { name: "web", generation: 2 }, ...rest }) as LiveObject;
const seen = { observedGeneration: 2 };
const deployment = (status: object, spec: object = { replicas: 2 }) =>
  live("apps/v1", "Deployment", { spec, status: { ...seen, ...status } });
const exceeded = (lastUpdateTime: string) => ({
  conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", lastUpdateTime }],
});
const full = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

type Case = [says: string, object: LiveObject, state: "ready" | "waiting" | "failed"];

const cases: Case[] = [
  ["a Deployment whose replicas are new and available", deployment(full), "ready"],
  [
    "a Deployment that its controller has not seen",
    deployment({ ...full, observedGeneration: 1 }),
    "waiting",
  ],
  ["a Deployment without a status", live("apps/v1", "Deployment", { spec: {} }), "waiting"],
  ["a Deployment with old replicas left", deployment({ ...full, replicas: 3 }), "waiting"],
  ["a Deployment that is not available", deployment({ ...full, availableReplicas: 1 }), "waiting"],
  ["a Deployment scaled to zero", deployment({}, { replicas: 0 }), "ready"],
  ["a paused Deployment", deployment({}, { replicas: 2, paused: true }), "ready"],
  ["a Deployment whose progress deadline passed", deployment(exceeded("10:00")), "failed"],
  [
    "a StatefulSet whose replicas are ready",
    live("apps/v1", "StatefulSet", {
      spec: { replicas: 2 },
      status: { ...seen, replicas: 2, readyReplicas: 2, updatedReplicas: 2 },
    }),
    "ready",
  ],
  [
    "a StatefulSet with replicas of the old template",
    live("apps/v1", "StatefulSet", {
      spec: { replicas: 2 },
      status: { ...seen, replicas: 2, readyReplicas: 2, updatedReplicas: 1 },
    }),
    "waiting",
  ],
  [
    "a StatefulSet whose partition keeps replicas old",
    live("apps/v1", "StatefulSet", {
      spec: { replicas: 2, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
      status: { ...seen, replicas: 2, readyReplicas: 2, updatedReplicas: 1 },
    }),
    "ready",
  ],
  [
    "a DaemonSet on every node",
    live("apps/v1", "DaemonSet", {
      status: { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
    }),
    "ready",
  ],
  [
    "a DaemonSet that lacks a node",
    live("apps/v1", "DaemonSet", {
      status: { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
    }),
    "waiting",
  ],
  ["a Job that runs", live("batch/v1", "Job", { status: { active: 1 } }), "waiting"],
  [
    "a Job that completed",
    live("batch/v1", "Job", { status: { conditions: [{ type: "Complete", status: "True" }] } }),
    "ready",
  ],
  [
    "a Job that failed",
    live("batch/v1", "Job", { status: { conditions: [{ type: "Failed", status: "True" }] } }),
    "failed",
  ],
  ["a claim that is bound", live("v1", "PersistentVolumeClaim", { status: { phase: "Bound" } }), "ready"],
  [
    "a claim without a volume",
    live("v1", "PersistentVolumeClaim", { status: { phase: "Pending" } }),
    "waiting",
  ],
  ["a pod that ended well", live("v1", "Pod", { status: { phase: "Succeeded" } }), "ready"],
  ["a pod that failed", live("v1", "Pod", { status: { phase: "Failed" } }), "failed"],
  [
    "a definition that is established",
    live("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
      status: { conditions: [{ type: "Established", status: "True" }] },
    }),
    "ready",
  ],
  [
    "a definition whose names are taken",
    live("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
      status: { conditions: [{ type: "NamesAccepted", status: "False" }] },
    }),
    "failed",
  ],
  ["a custom resource without conditions", live("example.com/v1", "Widget", {}), "ready"],
  [
    "a custom resource that is not Ready",
    live("example.com/v1", "Widget", { status: { conditions: [{ type: "Ready", status: "False" }] } }),
    "waiting",
  ],
  [
    "a custom resource that was Ready before this version",
    live("example.com/v1", "Widget", {
      status: { observedGeneration: 1, conditions: [{ type: "Ready", status: "True" }] },
    }),
    "waiting",
  ],
  [
    "a custom resource that is stalled",
    live("example.com/v1", "Widget", {
      status: {
        conditions: [
          { type: "Stalled", status: "True" },
          { type: "Ready", status: "False" },
        ],
      },
    }),
    "failed",
  ],
  [
    "a custom resource that reconciles although it was Ready",
    live("example.com/v1", "Widget", {
      status: {
        conditions: [
          { type: "Reconciling", status: "True" },
          { type: "Ready", status: "True" },
        ],
      },
    }),
    "waiting",
  ],
  ["a ConfigMap", live("v1", "ConfigMap", {}), "ready"],
];

describe("readiness", () => {
  test.each(cases)("%s", (_, object, state) => {
    expect(judgeObject(object).state).toBe(state);
  });

  test("the passed deadline of the update before does not fail the one that mends it", () => {
    const applied = deployment(exceeded("10:00"));
    expect(judgeObject(deployment(exceeded("10:00")), { applied }).state).toBe("waiting");
    expect(judgeObject(deployment(exceeded("10:07")), { applied }).state).toBe("failed");
  });

  test("a Deployment without pods says what refuses them", () => {
    const message = 'pods "web-1" is forbidden: exceeded quota';
    const verdict = judgeObject(
      deployment({ conditions: [{ type: "ReplicaFailure", status: "True", message }] }),
    );
    expect(verdict).toEqual({ state: "waiting", why: `0 of 2 replicas are of the new template: ${message}` });
  });

  test("an Ingress needs an address only when asked", () => {
    const ingress = live("networking.k8s.io/v1", "Ingress", { status: { loadBalancer: {} } });
    expect(judgeObject(ingress).state).toBe("ready");
    expect(judgeObject(ingress, { waitForIngress: true }).state).toBe("waiting");
  });

  test("an object that is being deleted is never ready", () => {
    const settings = live("v1", "ConfigMap", {});
    settings.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    expect(judgeObject(settings).state).toBe("waiting");
  });
});
