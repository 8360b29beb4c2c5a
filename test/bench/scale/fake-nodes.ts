import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { PodSpec } from "@seatrial/kube-link/kube-types.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import { stringify } from "yaml";
import type { ControlPlane } from "./control-plane.ts";
import { freePort } from "./free-port.ts";

/** A part of the control plane that stands for a cluster of its own: a fake node with label and taint, a namespace. */
export type VirtualCluster = {
  name: string;
  namespace: string;
  nodes: Required<Pick<PodSpec, "nodeSelector" | "tolerations">>;
};

/** How long a fake pod runs: at random between these. */
export type PodMilliseconds = { least: number; most: number };

const poolLabel = "seatrial.example/pool";
const stages = [
  "node/fast/node-initialize.yaml",
  "pod/fast/pod-ready.yaml",
  "pod/fast/pod-complete.yaml",
  "pod/fast/pod-delete.yaml",
];

/**
 * Runs kwok: pods on its nodes run at once, end after `podMilliseconds` with exit code 0 and print nothing. Its nodes
 * answer for logs as kubelets do.
 */
export async function startFakeNodes(
  plane: ControlPlane,
  folder: string,
  podMilliseconds: PodMilliseconds,
): Promise<void> {
  const { path } = await findTool("kwok", { report: createStepPrinter((line) => console.log(line)) });
  const config = join(folder, "kwok.yaml");
  const logsFile = join(folder, "empty.log");
  await writeFile(logsFile, "");
  await writeFile(config, await writeStages(logsFile, podMilliseconds));
  const port = await freePort();
  plane.launch("kwok", path, [
    ...[`--kubeconfig=${plane.kubeconfig}`, `--config=${config}`, "--v=ERROR"],
    ...[
      "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
      // It renews a lease every quarter of this; after 50 s without, the node controller takes the node for lost.
      "--node-lease-duration-seconds=100",
    ],
    ...[`--node-port=${port}`, `--server-address=127.0.0.1:${port}`],
    `--tls-cert-file=${plane.certificate.certificateFile}`,
    `--tls-private-key-file=${plane.certificate.keyFile}`,
  ]);
}

/** With the tests, what prepared the pod and what collects their files is over, which found nothing. */
const helperEnds = `      initContainerStatuses:
      {{ range .spec.initContainers }}
      - image: {{ .image | Quote }}
        name: {{ .name | Quote }}
        ready: false
        restartCount: 0
        state:
          terminated:
            exitCode: 0
            finishedAt: {{ $now | Quote }}
            message: '{"skipped":[],"errors":[]}'
            reason: Completed
            startedAt: {{ $now | Quote }}
      {{ end }}
      phase: Succeeded`;

/** kwok's own stages for speed, but any pod ends, not only a Job's. */
async function writeStages(logsFile: string, { least, most }: PodMilliseconds): Promise<string> {
  const module = await findModuleFolder("sigs.k8s.io/kwok", "v0.8.0");
  const texts = await Promise.all(
    stages.map((stage) => readFile(join(module, "kustomize/stage", stage), "utf8")),
  );
  const jobsOnly = /\n {4}- key: '\.metadata\.ownerReferences\.\[\]\.kind'\n.*\n.*\n {6}- 'Job'/;
  const delay = `  delay:\n    durationMilliseconds: ${least}\n    jitterDurationMilliseconds: ${most}\n  next:`;
  const toEnd = (text: string) =>
    text.includes("name: pod-complete")
      ? text.replace("  next:", delay).replace("      phase: Succeeded", helperEnds)
      : text;
  const logs = stringify({
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "ClusterLogs",
    metadata: { name: "silent" },
    spec: { logs: [{ logsFile, follow: false }] },
  });
  return [...texts.map((text) => toEnd(text.replace(jobsOnly, ""))), logs].join("\n---\n");
}

/** Makes a fake node and a namespace; resolves when pods can run there. */
export async function makeVirtualCluster(kube: KubeClient, name: string): Promise<VirtualCluster> {
  const taint = { key: poolLabel, value: name, effect: "NoSchedule" as const };
  await kube.post("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `fake-${name}`,
      labels: { [poolLabel]: name },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [taint] },
    // Both types: a node without a host name loses all its addresses, and so its logs, when kwok initializes it again.
    status: {
      addresses: [
        { type: "InternalIP", address: "127.0.0.1" },
        { type: "Hostname", address: `fake-${name}` },
      ],
    },
  });
  const namespace = `work-${name}`;
  await makeNamespace(kube, namespace);
  const ready = await waitUntil(async () => {
    type Node = { status?: { conditions?: { type: string; status: string }[] } };
    const node = await kube.get<Node>(`/api/v1/nodes/fake-${name}`);
    return (
      node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false
    );
  }, 60);
  if (!ready) throw new Error(`the fake node of ${name} did not get ready within 60 s`);
  const tolerations = [{ ...taint, operator: "Equal" as const }];
  return { name, namespace, nodes: { nodeSelector: { [poolLabel]: name }, tolerations } };
}

/** A namespace in which pods can be made: its service account is there. */
export async function makeNamespace(kube: KubeClient, name: string): Promise<void> {
  await kube.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const hasAccount = () =>
    kube.get(`/api/v1/namespaces/${name}/serviceaccounts/default`).then(
      () => true,
      () => false,
    );
  if (!(await waitUntil(hasAccount, 60)))
    throw new Error(`namespace ${name} got no service account within 60 s`);
}
