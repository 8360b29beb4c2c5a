import { access, mkdir, rm } from "node:fs/promises";
import { LabError } from "../base/lab-error.ts";
import { readLogTail } from "../base/log-tail.ts";
import { waitUntil } from "../base/wait-until.ts";
import { writeFileWhole } from "../base/write-file.ts";
import { type ProcessIdentity, writePidFile } from "../process/identity.ts";
import { startDetached } from "../process/start-detached.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";

/**
 * The kubelet sets these for the whole machine (SetupKernelTunables in its container manager) unless they have the
 * value that it wants. It gets to see files that have it, and the machine keeps its own.
 */
const kernelTunables: readonly (readonly [path: string, value: string])[] = [
  ["vm/overcommit_memory", "1"],
  ["vm/panic_on_oom", "0"],
  ["kernel/panic", "10"],
  ["kernel/panic_on_oops", "1"],
  ["kernel/keys/root_maxkeys", "1000000"],
  ["kernel/keys/root_maxbytes", "25000000"],
];

function hideTunable(path: string, value: string): string {
  const file = `/run/sysctl/${path.replaceAll("/", ".")}`;
  return `[ ! -e /proc/sys/${path} ] || { echo ${value} > ${file}; mount --bind ${file} /proc/sys/${path}; }`;
}

/**
 * First process of the cluster's name spaces (network, mounts, pids). All that a cluster starts lives in them, so
 * the end of this one process ends everything, and no mount of the cluster is ever seen outside. /run and /var/lib
 * are the cluster's own: components write to fixed places there, which two clusters must not share.
 * The loop reaps orphans: `wait` of a shell collects any child.
 */
function writeHolderScript(rootFolder: string, paths: ClusterPaths): string {
  return `set -e
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir /run/keep
mount --bind ${rootFolder} /run/keep
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /var/log
mkdir -p ${rootFolder}
mount --bind /run/keep ${rootFolder}
umount /run/keep
mkdir -p /run/netns /run/lock
echo 1 > /proc/sys/net/ipv4/ip_forward
mkdir /run/sysctl
${kernelTunables.map(([path, value]) => hideTunable(path, value)).join("\n")}
touch ${paths.file("holder-ready")}
while :; do sleep 1000000 & wait; done
`;
}

/** Starts the process that holds a cluster's name spaces and waits until they are prepared. */
export async function startHolder(
  rootFolder: string,
  marker: string,
  paths: ClusterPaths,
): Promise<ProcessIdentity> {
  const script = paths.file("holder.sh");
  await mkdir(paths.folder, { recursive: true });
  await rm(paths.file("holder-ready"), { force: true });
  await writeFileWhole(script, writeHolderScript(rootFolder, paths));
  const identity = await startDetached({
    program: "unshare",
    arguments: ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--", "sh", script],
    logFile: paths.log("holder"),
    marker,
    wrapsChild: true,
  });
  await writePidFile(paths.holderPidFile, identity);
  const isReady = (): Promise<boolean> =>
    access(paths.file("holder-ready")).then(
      () => true,
      () => false,
    );
  if (await waitUntil(isReady, 10, 20)) return identity;
  throw new LabError(
    "not_ready",
    `The name spaces of a cluster could not be prepared. Last lines of ${paths.log("holder")}:\n${await readLogTail(paths.log("holder"))}`,
  );
}

/** Words before a command that make it run inside a cluster. */
export function enterCluster(holder: ProcessIdentity): string[] {
  return ["--target", String(holder.pid), "--mount", "--net", "--pid", "--"];
}
