import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import type { ManagedProcess } from "../../faults/managed-process.ts";
import type { ControlPlane } from "./control-plane.ts";
import { makeNamespace, type VirtualCluster } from "./fake-nodes.ts";
import { freePort } from "./free-port.ts";
import { followEnds } from "./raw-pods.ts";

/** How Tekton's controller is started; null: as it comes. */
export type TektonSettings = { threads: number; qps: number; burst: number } | null;

export const tektonNamespace = "bench-tekton";
const taskRuns = `/apis/tekton.dev/v1/namespaces/${tektonNamespace}/taskruns`;
const run = promisify(execFile);
let batches = 0;

/** Puts Tekton's types and settings, from its own module, into the control plane. */
export async function installTekton(plane: ControlPlane): Promise<void> {
  const config = join(await findModuleFolder("github.com/tektoncd/pipeline", "v1.15.0"), "config");
  const { path: kubectl } = await findTool("kubectl");
  const names = await readdir(config);
  const settings = names.filter((name) => /^config-.*\.yaml$/.test(name)).map((name) => join(config, name));
  const apply = (...files: string[]) =>
    run(kubectl, [
      ...["--kubeconfig", plane.kubeconfig, "apply", "--server-side", "--validate=false"],
      ...files.flatMap((file) => ["-f", file]),
    ]);
  await apply(join(config, "100-namespace"));
  await apply(join(config, "300-crds"));
  await apply(...settings);
  await makeNamespace(plane.kube, tektonNamespace);
}

/** The controller as an ordinary process; resolves when it has run one TaskRun to its end. */
export async function startTekton(
  plane: ControlPlane,
  cluster: VirtualCluster,
  settings: TektonSettings,
): Promise<ManagedProcess> {
  const report = createStepPrinter((line) => console.log(line));
  const { path } = await findTool("tekton-controller", { report });
  const images = ["entrypoint", "nop", "sidecarlogresults", "workingdirinit", "shell"].flatMap((name) => [
    `-${name}-image`,
    `bench/${name}`,
  ]);
  const tuning =
    settings === null
      ? []
      : [
          "-threads-per-controller",
          settings.threads,
          "-kube-api-qps",
          settings.qps,
          "-kube-api-burst",
          settings.burst,
        ];
  const controller = plane.launch(
    `tekton-${Date.now()}`,
    path,
    ["-kubeconfig", plane.kubeconfig, ...images, "-shell-image-win", "bench/shell", ...tuning.map(String)],
    {
      ...configNames,
      POD_NAME: `tekton-${Date.now()}`,
      PROBES_PORT: String(await freePort()),
      METRICS_PROMETHEUS_PORT: String(await freePort()),
    },
  );
  await runTaskRuns(plane.kube, cluster, 1);
  return controller;
}

const configNames = {
  SYSTEM_NAMESPACE: "tekton-pipelines",
  CONFIG_DEFAULTS_NAME: "config-defaults",
  CONFIG_LOGGING_NAME: "config-logging",
  CONFIG_OBSERVABILITY_NAME: "config-observability",
  CONFIG_FEATURE_FLAGS_NAME: "feature-flags",
  CONFIG_LEADERELECTION_NAME: "config-leader-election-controller",
  CONFIG_SPIRE: "config-spire",
  METRICS_DOMAIN: "tekton.dev/pipeline",
  KUBERNETES_MIN_VERSION: "v1.20.0",
};

/** Makes TaskRuns of one step, all at once but 100 requests at a time. Answers in seconds, until the last has ended. */
export async function runTaskRuns(kube: KubeClient, cluster: VirtualCluster, count: number): Promise<number> {
  batches += 1;
  const ends = await followEnds(kube, taskRuns, "/Succeeded");
  const begin = performance.now();
  let next = 0;
  const ended: Promise<void>[] = [];
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const name = `run-${batches}-${index}`;
      ended.push(ends.of(name));
      await kube.post(taskRuns, taskRun(name, cluster));
    }
  };
  await Promise.all(Array.from({ length: 100 }, worker));
  await Promise.all(ended);
  ends.close();
  return (performance.now() - begin) / 1_000;
}

export const removeTaskRunsPath = taskRuns;

function taskRun(name: string, { nodes }: VirtualCluster) {
  const computeResources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } };
  return {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: { name },
    spec: {
      podTemplate: nodes,
      taskSpec: { steps: [{ name: "main", image: "bench/image", command: ["true"], computeResources }] },
    },
  };
}
