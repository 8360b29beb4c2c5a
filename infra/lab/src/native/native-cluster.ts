import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { planCluster } from "../state/cluster-plan.ts";
import { clusterPaths } from "../state/lab-paths.ts";
import type { NativeCluster } from "./component.ts";
import type { ComponentName } from "./component-names.ts";

/** Finds the program of a component: containerd is Debian's, `netpol` is run by this Node, all others come from the toolchain. */
export async function resolveComponentTool(name: ComponentName): Promise<string> {
  if (name === "containerd") return "containerd";
  if (name === "netpol") return process.execPath;
  return (await findTool(name)).path;
}

/** All that is needed to act on a cluster of the native driver. Throws `cluster_unknown` for a name of its own. */
export function describeNativeCluster(rootFolder: string, name: string): NativeCluster {
  const plan = planCluster(name);
  return {
    plan,
    paths: clusterPaths(rootFolder, name),
    marker: `cluster-${name}`,
    resolveTool: resolveComponentTool,
  };
}
