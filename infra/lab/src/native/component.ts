import { rm } from "node:fs/promises";
import { LabError } from "../base/lab-error.ts";
import { readLogTail } from "../base/log-tail.ts";
import { waitUntil } from "../base/wait-until.ts";
import { endProcess } from "../process/end-process.ts";
import { type ProcessIdentity, readPidFile, writePidFile } from "../process/identity.ts";
import { startDetached } from "../process/start-detached.ts";
import type { ClusterPlan } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import { componentArguments } from "./component-arguments.ts";
import type { ComponentName } from "./component-names.ts";
import { enterCluster } from "./holder.ts";
import { isComponentReady } from "./probe.ts";

/** What the lab needs to know of a cluster to run its components. */
export type NativeCluster = {
  readonly plan: ClusterPlan;
  readonly paths: ClusterPaths;
  readonly marker: string;
  readonly resolveTool: (name: ComponentName) => Promise<string>;
};

/** Starts a component inside its cluster unless it runs already. Says nothing about readiness. */
export async function startComponent(cluster: NativeCluster, name: ComponentName): Promise<ProcessIdentity> {
  const { plan, paths, marker } = cluster;
  const running = await readPidFile(paths.pidFile(name));
  if (running) return running;
  const holder = await readPidFile(paths.holderPidFile);
  if (!holder) {
    throw new LabError(
      "lab_not_up",
      `Cluster ${plan.name} does not run. Bring it up with \`seatrial lab up\`.`,
    );
  }
  const program = await cluster.resolveTool(name);
  const identity = await startDetached({
    program: "nsenter",
    arguments: [...enterCluster(holder), program, ...componentArguments(name, plan, paths)],
    logFile: paths.log(name),
    marker,
    wrapsChild: true,
  });
  await writePidFile(paths.pidFile(name), identity);
  return identity;
}

/** Waits until a component does its work. Throws `not_ready` with the last lines of its log. */
export async function awaitComponent(
  cluster: NativeCluster,
  name: ComponentName,
  deadlineSeconds = 90,
): Promise<void> {
  const { plan, paths } = cluster;
  let hasEnded = false;
  const isReady = await waitUntil(
    async () => {
      hasEnded = (await readPidFile(paths.pidFile(name))) === undefined;
      return hasEnded || (await isComponentReady(name, plan, paths));
    },
    deadlineSeconds,
    100,
  );
  if (isReady && !hasEnded) return;
  const problem = hasEnded ? "ended" : `was not ready within ${deadlineSeconds} s`;
  throw new LabError(
    "not_ready",
    `${name} of cluster ${plan.name} ${problem}. Last lines of ${paths.log(name)}:\n${await readLogTail(paths.log(name))}`,
  );
}

/** Ends a component: politely within `graceSeconds`, at once with 0. Nothing happens when it does not run. */
export async function endComponent(
  cluster: NativeCluster,
  name: ComponentName,
  graceSeconds: number,
): Promise<void> {
  const identity = await readPidFile(cluster.paths.pidFile(name));
  if (identity) await endProcess(identity, graceSeconds);
  await rm(cluster.paths.pidFile(name), { force: true });
}
