import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import type { LabConfig } from "../base/config.ts";
import { LabError } from "../base/lab-error.ts";
import { type Report, withProgress } from "../base/report.ts";
import { buildBuiltinImage } from "../images/builtin-images.ts";
import { pullImage } from "../images/pull-image.ts";
import { pushImage } from "../images/push-image.ts";
import { readPidFile } from "../process/identity.ts";
import { registryAddress } from "../state/cluster-plan.ts";
import { type LabState, readLabState, withCluster, writeLabState } from "../state/lab-state.ts";
import { bringUpCluster, ensureComponents } from "./bring-up-cluster.ts";
import type { NativeCluster } from "./component.ts";
import { componentNames } from "./component-names.ts";
import { describeNativeCluster } from "./native-cluster.ts";
import { ensureBridge } from "./network.ts";
import { ensurePackages } from "./packages.ts";
import { ensureRegistry } from "./registry.ts";
import { takeDownCluster } from "./take-down-cluster.ts";

/** Throws `not_supported` with what to do where the native driver cannot run. */
export function requireNativeMachine(config: LabConfig): void {
  if (config.platform === "linux" && config.isRoot) return;
  throw new LabError(
    "not_supported",
    "The lab needs either Docker with `kind` (any system), or Linux with root rights for its native driver. " +
      "Start Docker, repeat as root, or name clusters that you have with --context.",
  );
}

/** Installs and finds what the clusters need. Done before the lock is taken: a first build takes minutes. */
export async function prepareNative(config: LabConfig, report: Report): Promise<void> {
  requireNativeMachine(config);
  await ensurePackages(report);
  const tools = componentNames.filter((name) => name !== "containerd" && name !== "netpol");
  await findTools(tools, { report: createStepPrinter(report) });
}

/** Brings the named clusters up in parallel; those that are up only get the components that they lack. */
export async function bringUpNative(
  config: LabConfig,
  names: readonly string[],
  report: Report,
): Promise<LabState> {
  const { rootFolder } = config;
  const clusters = names.map((name) => describeNativeCluster(rootFolder, name));
  let state: LabState = (await readLabState(rootFolder)) ?? { driver: "native", clusters: [] };
  let writing: Promise<void> = Promise.resolve();
  const remember = (cluster: NativeCluster, phase: "starting" | "ready"): Promise<void> => {
    const { name } = cluster.plan;
    const entry = { name, phase, kubeconfig: cluster.paths.kubeconfig, context: `seatrial-${name}` };
    state = withCluster(state, entry);
    writing = writing.then(() => writeLabState(rootFolder, state));
    return writing;
  };
  await ensureBridge();
  await ensureRegistry(rootFolder);
  const pause = await buildBuiltinImage("pause", config);
  await pushImage(pause, registryAddress);
  const results = await Promise.allSettled(
    clusters.map((cluster) =>
      withProgress(report, `Cluster ${cluster.plan.name}`, async () => {
        if (await isHeld(cluster, state)) return ensureComponents(cluster);
        await remember(cluster, "starting");
        await takeDownCluster(cluster.plan, cluster.paths, cluster.marker);
        await bringUpCluster(rootFolder, cluster);
        await pullImage(pause, cluster.paths);
        await remember(cluster, "ready");
      }),
    ),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return state;
}

async function isHeld(cluster: NativeCluster, state: LabState): Promise<boolean> {
  const known = state.clusters.find(({ name }) => name === cluster.plan.name);
  return known?.phase === "ready" && (await readPidFile(cluster.paths.holderPidFile)) !== undefined;
}
