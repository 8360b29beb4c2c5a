import type { KubernetesObject } from "@seatrial/env-provisioner/planned-object.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployment, type EngineWorld, openEngineWorld, planned, stageOf } from "../support/engine-world.ts";
import { canRunLab } from "../support/lab-stack.ts";

const group = "engine.seatrial.example";
const definition = (name: string, kind: string) =>
  planned("apiextensions.k8s.io/v1", "CustomResourceDefinition", `${name}.${group}`, null, {
    spec: {
      ...{ group, scope: "Namespaced", names: { plural: name, kind } },
      versions: [
        {
          ...{ name: "v1", served: true, storage: true },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });

describe.runIf(canRunLab)("kinds of objects on a real cluster", () => {
  let world: EngineWorld;
  let image: string;
  beforeAll(async () => {
    await labDown();
    await labUp({ clusters: 1 });
    image = (await labLoadBuiltin("busybox")).pinnedReference;
    world = await openEngineWorld();
  });
  afterAll(async () => {
    await world?.close();
    await labDown();
  });

  const podsOf = (app: string, command: string[], restartPolicy = "Always") => ({
    metadata: { labels: { app } },
    spec: {
      ...{ restartPolicy, terminationGracePeriodSeconds: 0 },
      containers: [{ name: app, image, command }],
    },
  });
  const job = (namespace: string, command: string[], after: string[] = []) =>
    planned(
      ...(["batch/v1", "Job", "seed", namespace] as const),
      { spec: { backoffLimit: 0, template: podsOf("seed", command, "Never") } },
      after,
    );

  test("a definition is there before its resources, and goes with them", async () => {
    const id = "e-definition";
    const widgets = definition("widgets", "Widget");
    const plan = [
      planned(`${group}/v1`, "Widget", "one", id, { spec: { size: 3 } }, [widgets.key]),
      widgets,
      planned("v1", "Namespace", id, null),
    ];
    const made = await world.run(id, { stages: [stageOf(plan)] });
    expect(made.failure).toBeNull();
    expect(await world.labelled(id)).toContain("Widget/one");
    const removed = await world.run(id, { action: "destroy", previousState: made.state });
    expect(removed).toMatchObject({ failure: null, objects: [] });
    expect(await world.labelled(id)).toEqual([]);
  });

  test("workloads, a job and a Service are ready when their pods are, and the same afterwards", async () => {
    const id = "e-workloads";
    const workload = (kind: string, name: string, more: object) =>
      planned("apps/v1", kind, name, id, {
        spec: {
          selector: { matchLabels: { app: name } },
          template: podsOf(name, ["sleep", "3600"]),
          ...more,
        },
      });
    const plan = [
      planned("v1", "Namespace", id, null),
      planned("v1", "Service", "web", id, { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } }),
      deployment(id, image),
      workload("StatefulSet", "store", { serviceName: "store", replicas: 1 }),
      workload("DaemonSet", "every", {}),
      job(id, ["true"]),
    ];
    const made = await world.run(id, { stages: [stageOf(plan)] });
    expect(made.failure).toBeNull();
    const pods = await world.kube.get<{ items: KubernetesObject[] }>(`/api/v1/namespaces/${id}/pods`);
    expect(pods.items).toHaveLength(4);
    const again = await world.run(id, { stages: [stageOf(plan)], previousState: made.state });
    expect(again).toMatchObject({ failure: null, changes: { same: 6 + 2 } });
  });

  test("a job that fails is told at once", async () => {
    const id = "e-job";
    const plan = [planned("v1", "Namespace", id, null), job(id, ["false"])];
    const { failure } = await world.run(id, { stages: [stageOf(plan)], timeoutSeconds: 300 });
    expect(failure).toMatchObject({ code: "not_ready", place: { file: "templates/seed.yaml" } });
    expect(failure?.message).toMatch(/Job e-job\/seed: not ready: .*backoff limit/);
  });

  test("what somebody deleted, or what is not ready any more, is mended by the next operation", async () => {
    const id = "e-drift";
    const plan = [
      planned("v1", "Namespace", id, null),
      planned("v1", "ConfigMap", "settings", id, { data: { a: "1" } }),
      deployment(id, image),
    ];
    const made = await world.run(id, { stages: [stageOf(plan)] });
    await world.kube.remove(`/api/v1/namespaces/${id}/configmaps/settings`, {});
    const path = `/apis/apps/v1/namespaces/${id}/deployments/web`;
    const container = { name: "web", image: "10.88.0.1:5000/seatrial/nothing:1" };
    await world.kube.patch(path, {
      spec: {
        strategy: { type: "Recreate", rollingUpdate: null },
        template: { spec: { containers: [container] } },
      },
    });
    const mended = await world.run(id, { stages: [stageOf(plan)], previousState: made.state });
    expect(mended).toMatchObject({ failure: null, changes: { create: 1, update: 1 } });
    const live = (await world.kube.get(path)) as { status?: { availableReplicas?: number } };
    expect(live.status?.availableReplicas).toBe(1);
  });
});
