import { rm } from "node:fs/promises";
import { endMarkedProcesses, endProcess } from "../process/end-process.ts";
import { readPidFile } from "../process/identity.ts";
import { bridgeName, clusterNames } from "../state/cluster-plan.ts";
import { describeNativeCluster } from "./native-cluster.ts";
import { deleteLink, linkExists } from "./network.ts";
import { registryPidFile } from "./registry.ts";
import { takeDownCluster } from "./take-down-cluster.ts";

/**
 * Removes everything that the native driver can have made, whatever the state file says: a killed `up` may have
 * written less than it did.
 */
export async function takeDownNative(rootFolder: string): Promise<void> {
  await Promise.all(
    clusterNames.map((name) => {
      const { plan, paths, marker } = describeNativeCluster(rootFolder, name);
      return takeDownCluster(plan, paths, marker);
    }),
  );
  const registry = await readPidFile(registryPidFile(rootFolder));
  if (registry) await endProcess(registry, 2);
  await endMarkedProcesses();
  if (await linkExists(bridgeName)) await deleteLink(bridgeName);
  await rm(rootFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
