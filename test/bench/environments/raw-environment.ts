import { randomUUID } from "node:crypto";
import type { PlannedObject } from "@seatrial/env-provisioner/planned-object.ts";
import { describeTarget } from "@seatrial/env-provisioner/runner/describe-target.ts";
import { guardrails } from "@seatrial/env-provisioner/templates/guardrails.ts";
import { renderComponent } from "@seatrial/env-provisioner/templates/render-component.ts";
import { applyObject } from "@seatrial/kube-link/apply-object.ts";
import { createTypeFinder, pathOfObject } from "@seatrial/kube-link/find-type.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { type Watched, watchUntil } from "@seatrial/kube-link/watch-until.ts";
import type { BenchTemplate } from "./templates.ts";

/** The raw way, in milliseconds from its beginning; the render is told apart and not counted. */
export type RawTimes = { rendered: number; applied: number; ready: number };
export type RawEnvironment = {
  namespace: string;
  /** Everything again, as rendered now. */
  apply: () => Promise<RawTimes>;
  sleep: () => Promise<number>;
  wake: () => Promise<number>;
  /** A plain delete of the namespace, until it is gone. */
  remove: () => Promise<number>;
};

type Deployment = Watched & {
  metadata: { generation: number };
  spec: { replicas: number };
  status?: { observedGeneration?: number; availableReplicas?: number; updatedReplicas?: number };
};

/**
 * The same objects without Seatrial: the same render, then server-side apply of all in parallel once the namespace is
 * there, and one watch of the Deployments.
 */
export async function makeRaw(
  kube: KubeClient,
  bench: BenchTemplate,
  tools: { helm: string; kubectl: string },
): Promise<{ up: RawTimes; raw: RawEnvironment }> {
  const namespace = `raw-${randomUUID().slice(0, 8)}`;
  const signal = AbortSignal.timeout(600_000);
  const find = createTypeFinder(kube);
  const put = async ({ object }: PlannedObject) => {
    const type = await find(object.apiVersion, object.kind);
    if (type === null) throw new Error(`no type ${object.apiVersion} ${object.kind}`);
    const path = pathOfObject(type, type.namespaced ? namespace : null, object.metadata.name);
    await applyObject(kube, path, object, { fieldManager: "raw", signal });
  };
  const apply = async (): Promise<RawTimes> => {
    const began = performance.now();
    const plan = await render(kube, bench, namespace, tools);
    const start = performance.now();
    for (const one of plan.filter(({ object }) => object.kind === "Namespace")) await put(one);
    await Promise.all(
      plan.filter(({ object }) => object.kind !== "Namespace").map((one) => persist(() => put(one))),
    );
    const applied = performance.now();
    await untilReady(kube, namespace, signal);
    return { rendered: start - began, applied: applied - start, ready: performance.now() - start };
  };
  const scale = async (replicas: number) => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const { items } = await kube.get<{ items: { metadata: { name: string } }[] }>(path);
    await Promise.all(
      items.map(({ metadata }) => kube.patch(`${path}/${metadata.name}/scale`, { spec: { replicas } })),
    );
  };
  const up = await apply();
  return {
    up,
    raw: {
      namespace,
      apply,
      async sleep() {
        const start = performance.now();
        await scale(0);
        const isEmpty = (pods: readonly Watched[]) => (pods.length === 0 ? true : undefined);
        await watchUntil<Watched, true>(kube, {
          path: `/api/v1/namespaces/${namespace}/pods`,
          decide: isEmpty,
          signal,
        });
        return performance.now() - start;
      },
      async wake() {
        const start = performance.now();
        await scale(1);
        await untilReady(kube, namespace, signal);
        return performance.now() - start;
      },
      async remove() {
        const start = performance.now();
        await kube.remove(`/api/v1/namespaces/${namespace}`, { propagationPolicy: "Background" });
        await watchUntil<Watched, true>(kube, {
          path: "/api/v1/namespaces",
          query: { fieldSelector: `metadata.name=${namespace}` },
          decide: (found) => (found.length === 0 ? true : undefined),
          signal,
        });
        return performance.now() - start;
      },
    },
  };
}

async function render(
  kube: KubeClient,
  { folder, template }: BenchTemplate,
  namespace: string,
  tools: { helm: string; kubectl: string },
): Promise<PlannedObject[]> {
  const environmentId = "e-aaaaaaaaaaaaaaaa";
  const target = await describeTarget(kube, AbortSignal.timeout(60_000));
  const guards = guardrails({
    environmentId,
    project: "raw",
    namespace,
    expiresAtEpochSeconds: Math.floor(Date.now() / 1_000) + 3_600,
    podSecurity: template.podSecurity,
    limits: {
      cpuMillis: 8_000,
      memoryBytes: 8 * 1_073_741_824,
      pods: 50,
      storageBytes: 20 * 1_073_741_824,
      internet: false,
      closedNetworks: [],
    },
  }).map((planned) => withoutMark(planned));
  const objects: PlannedObject[] = [...guards];
  for (const component of template.components) {
    const context = {
      contentFolder: folder,
      environmentId,
      namespace,
      target,
      outputs: {},
      change: null,
      tools,
    };
    objects.push(...(await renderComponent(component, context)).objects);
  }
  return objects;
}

/** No janitor or sweep may take the raw way's namespace for an environment. */
function withoutMark(planned: PlannedObject): PlannedObject {
  const labels = Object.entries(planned.object.metadata.labels ?? {}).filter(
    ([key]) => !key.startsWith("seatrial.dev/"),
  );
  const metadata = { ...planned.object.metadata, labels: Object.fromEntries(labels) };
  return { ...planned, object: { ...planned.object, metadata } };
}

function untilReady(kube: KubeClient, namespace: string, signal: AbortSignal): Promise<true> {
  return watchUntil<Deployment, true>(kube, {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    decide: (found) => (found.every(isReady) ? true : undefined),
    signal,
  });
}

function isReady({ metadata, spec, status }: Deployment): boolean {
  const { observedGeneration = 0, availableReplicas = 0, updatedReplicas = 0 } = status ?? {};
  return (
    observedGeneration >= metadata.generation && Math.min(availableReplicas, updatedReplicas) >= spec.replicas
  );
}

/** Admission sees a new namespace a moment late; everybody's client tries again. */
async function persist(act: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (tries === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
