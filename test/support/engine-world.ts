import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineOutcome, EngineRequest, Stage } from "@seatrial/env-provisioner/engine/engine-request.ts";
import { runEngine } from "@seatrial/env-provisioner/engine/run-engine.ts";
import { environmentLabel } from "@seatrial/env-provisioner/labels.ts";
import type { KubernetesObject, PlannedObject } from "@seatrial/env-provisioner/planned-object.ts";
import { createKubeClient, type KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { listAllTypes, pathOfType } from "@seatrial/kube-link/list-all-types.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";

export const stateKey = new Uint8Array(32).fill(7);
export const project = "default";

/** The engine on a lab's cluster, each operation in a folder of its own. */
export type EngineWorld = {
  kube: KubeClient;
  pulumiPath: string;
  kubeconfig: string;
  run: (environmentId: string, changes: Partial<EngineRequest>) => Promise<EngineOutcome>;
  /** Every object of the cluster with the environment's label, as `Kind/name`; endpoints and the like left out. */
  labelled: (environmentId: string) => Promise<string[]>;
  close: () => Promise<void>;
};

export async function openEngineWorld(): Promise<EngineWorld> {
  const { path } = await labKubeconfig("east");
  const kube = createKubeClient(await readKubeconfig(path, null));
  const { path: pulumiPath } = await findTool("pulumi");
  return {
    kube,
    pulumiPath,
    kubeconfig: path,
    async run(environmentId, changes) {
      const folder = await mkdtemp(join(tmpdir(), "seatrial-engine-"));
      try {
        return await runEngine({
          ...{
            action: "up",
            folder,
            environmentId,
            project,
            kube,
            stages: [],
            previousState: null,
            stateKey,
          },
          ...{
            timeoutSeconds: 60,
            pulumiPath,
            signal: new AbortController().signal,
            onStep: () => undefined,
          },
          ...changes,
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    labelled: (environmentId) => listLabelled(kube, environmentId),
    close: () => kube.close(),
  };
}

/** Controllers copy labels to what they make of an object: these are theirs. */
const copies = new Set(["Endpoints", "EndpointSlice", "ReplicaSet", "Pod", "ControllerRevision"]);

async function listLabelled(kube: KubeClient, environmentId: string): Promise<string[]> {
  const { types } = await listAllTypes(kube);
  const lists = await Promise.all(
    types
      .filter(({ kind, verbs }) => verbs.includes("list") && !copies.has(kind))
      .map(async (type) => {
        const query = { labelSelector: `${environmentLabel}=${environmentId}` };
        const { items } = await kube.get<{ items: KubernetesObject[] }>(pathOfType(type, null), { query });
        return items.map(({ metadata }) => `${type.kind}/${metadata.name}`);
      }),
  );
  return lists.flat().sort();
}

/** An object of a plan. */
export function planned(
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string | null,
  content: Record<string, unknown> = {},
  after: readonly string[] = [],
): PlannedObject {
  const metadata = { name, ...(namespace === null ? {} : { namespace }) };
  return {
    ...{ key: `web/${apiVersion}/${kind}/${name}`, component: "web", namespaced: namespace !== null, after },
    object: { apiVersion, kind, metadata, ...content },
    source: { file: `templates/${name}.yaml`, line: 3 },
  };
}

export function stageOf(objects: readonly PlannedObject[], changes: Partial<Stage> = {}): Stage {
  return { name: "web", plan: async () => objects, outputs: {}, ...changes };
}

/** Eleven plain objects: the size of a small environment. */
export function elevenObjects(namespace: string, value = "1"): PlannedObject[] {
  const policy = (name: string, ingress: unknown[]) =>
    planned("networking.k8s.io/v1", "NetworkPolicy", name, namespace, {
      spec: { podSelector: {}, policyTypes: ["Ingress"], ingress },
    });
  const settings = (name: string, text: string) =>
    planned("v1", "ConfigMap", name, namespace, { data: { text } });
  return [
    planned("v1", "Namespace", namespace, null),
    planned("v1", "ResourceQuota", "quota", namespace, { spec: { hard: { pods: "10" } } }),
    planned("v1", "LimitRange", "limits", namespace, {
      spec: { limits: [{ type: "Container", default: { cpu: "100m", memory: "64Mi" } }] },
    }),
    policy("deny", []),
    policy("allow", [{}]),
    planned("v1", "ServiceAccount", "web", namespace),
    settings("one", value),
    settings("two", "1"),
    settings("three", "1"),
    planned("v1", "Secret", "password", namespace, { stringData: { password: secretCanary } }),
    planned("v1", "Service", "web", namespace, { spec: { ports: [{ port: 80 }] } }),
  ];
}

/** One pod that does nothing and ends at once. */
export function deployment(namespace: string, image: string): PlannedObject {
  const container = { name: "web", image, command: ["sleep", "3600"] };
  return planned("apps/v1", "Deployment", "web", namespace, {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { terminationGracePeriodSeconds: 0, containers: [container] },
      },
    },
  });
}

/** Must appear nowhere but in the cluster. */
export const secretCanary = "canary-81f3-do-not-tell";
