import { readLabConfig } from "./base/config.ts";
import { LabError } from "./base/lab-error.ts";
import { awaitComponent, endComponent, type NativeCluster, startComponent } from "./native/component.ts";
import { parseComponentName } from "./native/component-names.ts";
import { cutLink, mendLink } from "./native/cut-link.ts";
import { describeNativeCluster } from "./native/native-cluster.ts";
import { findCluster } from "./state/find-cluster.ts";
import { withLabLock } from "./state/lab-lock.ts";

const politeSeconds = 15;
const longestCutSeconds = 3600;

/** Asks a component of a cluster to end, and ends it after 15 s. Pods go on running, as on a real node. */
export async function labStop(cluster: string, component: string): Promise<void> {
  await onNativeCluster(cluster, `stop ${component}`, (native) =>
    endComponent(native, parseComponentName(component), politeSeconds),
  );
}

/** Kills a component of a cluster (SIGKILL). */
export async function labKill(cluster: string, component: string): Promise<void> {
  await onNativeCluster(cluster, `kill ${component}`, (native) =>
    endComponent(native, parseComponentName(component), 0),
  );
}

/** Starts a component that was stopped or killed and waits until it does its work; nothing happens when it runs. */
export async function labStart(cluster: string, component: string): Promise<void> {
  await onNativeCluster(cluster, `start ${component}`, async (native) => {
    const name = parseComponentName(component);
    await startComponent(native, name);
    await awaitComponent(native, name);
  });
}

/** Cuts a cluster off from the host and the other clusters for some seconds. The link comes back by itself. */
export async function labCut(cluster: string, seconds: number): Promise<void> {
  if (!(seconds > 0 && seconds <= longestCutSeconds)) {
    throw new LabError("usage", `A link can be cut for 1 to ${longestCutSeconds} seconds, not ${seconds}.`);
  }
  await onNativeCluster(cluster, "cut the link", (native) => cutLink(native, seconds));
}

/** Ends a cut before its time. */
export async function labMend(cluster: string): Promise<void> {
  await onNativeCluster(cluster, "mend the link", mendLink);
}

async function onNativeCluster(
  name: string,
  what: string,
  work: (cluster: NativeCluster) => Promise<void>,
): Promise<void> {
  const { rootFolder } = readLabConfig();
  const { driver } = await findCluster(rootFolder, name);
  if (driver !== "native") {
    throw new LabError(
      "refused_by_driver",
      `Cannot ${what} of cluster ${name}: it comes from the ${driver} driver, which does not own its processes. ` +
        "Only the native driver can (`seatrial lab up --driver native`).",
    );
  }
  await withLabLock(() => work(describeNativeCluster(rootFolder, name)));
}
