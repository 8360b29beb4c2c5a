import { type LabConfig, readLabConfig } from "./base/config.ts";
import { kindRegistryHostAddress } from "./kind/kind-files.ts";
import { type ComponentName, componentNames } from "./native/component-names.ts";
import { describeNativeCluster } from "./native/native-cluster.ts";
import { isComponentReady } from "./native/probe.ts";
import { registryPidFile } from "./native/registry.ts";
import { readPidFile } from "./process/identity.ts";
import { registryAddress } from "./state/cluster-plan.ts";
import { type ClusterState, type Driver, readLabState } from "./state/lab-state.ts";

export type ComponentStatus = {
  readonly name: ComponentName;
  readonly pid: number | undefined;
  readonly isReady: boolean;
};
export type ClusterStatus = ClusterState & {
  readonly address: string | undefined;
  readonly isCut: boolean;
  /** Empty for clusters whose processes are not the lab's. */
  readonly components: readonly ComponentStatus[];
};
export type LabStatus = {
  readonly driver: Driver;
  /** Undefined for clusters of the user's own contexts. */
  readonly registry: { readonly address: string; readonly pid: number | undefined } | undefined;
  readonly clusters: readonly ClusterStatus[];
};

/** What is up, component by component; undefined when there is no lab. Changes nothing. */
export async function labStatus(
  options: { readonly config?: LabConfig } = {},
): Promise<LabStatus | undefined> {
  const { rootFolder } = options.config ?? readLabConfig();
  const state = await readLabState(rootFolder);
  if (!state) return undefined;
  const registry = await readPidFile(registryPidFile(rootFolder));
  const clusters = await Promise.all(
    state.clusters.map((cluster) =>
      state.driver === "native"
        ? describeNative(rootFolder, cluster)
        : { ...cluster, address: undefined, isCut: false, components: [] },
    ),
  );
  const address = registryOf(state.driver);
  return { driver: state.driver, registry: address ? { address, pid: registry?.pid } : undefined, clusters };
}

function registryOf(driver: Driver): string | undefined {
  if (driver === "context") return undefined;
  return driver === "kind" ? kindRegistryHostAddress : registryAddress;
}

async function describeNative(rootFolder: string, cluster: ClusterState): Promise<ClusterStatus> {
  const { plan, paths } = describeNativeCluster(rootFolder, cluster.name);
  const components = await Promise.all(
    componentNames.map(async (name) => {
      const pid = (await readPidFile(paths.pidFile(name)))?.pid;
      return { name, pid, isReady: pid !== undefined && (await isComponentReady(name, plan, paths)) };
    }),
  );
  const isCut = (await readPidFile(paths.pidFile("cut"))) !== undefined;
  return { ...cluster, address: plan.address, isCut, components };
}
