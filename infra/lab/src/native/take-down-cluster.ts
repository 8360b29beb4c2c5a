import { rm } from "node:fs/promises";
import { endMarkedProcesses, endProcess } from "../process/end-process.ts";
import { readPidFile } from "../process/identity.ts";
import type { ClusterPlan } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import { removeCgroups } from "./cgroups.ts";
import { deleteLink, linkExists } from "./network.ts";

/**
 * Removes everything of one cluster, however far it was: the end of its first process ends all others with it, and
 * its mounts go with them. The link goes before the name space would, so that no half of it stays.
 */
export async function takeDownCluster(plan: ClusterPlan, paths: ClusterPaths, marker: string): Promise<void> {
  const holder = await readPidFile(paths.holderPidFile);
  if (await linkExists(plan.link)) await deleteLink(plan.link);
  if (holder) await endProcess(holder, 0);
  await endMarkedProcesses(marker);
  await removeCgroups(plan.cgroup);
  await rm(paths.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
