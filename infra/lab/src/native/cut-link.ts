import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../base/run-command.ts";
import { endProcess } from "../process/end-process.ts";
import { readPidFile, writePidFile } from "../process/identity.ts";
import { startDetached } from "../process/start-detached.ts";
import type { NativeCluster } from "./component.ts";

/**
 * Cuts a cluster's link now and joins it again after `seconds`, by a process of its own: the link comes back also
 * when the caller is gone. A second cut replaces the time of the first.
 */
export async function cutLink(cluster: NativeCluster, seconds: number): Promise<void> {
  const { plan, paths, marker } = cluster;
  const pidFile = paths.pidFile("cut");
  const earlier = await readPidFile(pidFile);
  if (earlier) await endProcess(earlier, 0);
  // The process that joins again is there before the link is cut: nobody can die in between.
  const identity = await startDetached({
    program: "sh",
    arguments: [
      "-c",
      'sleep "$1"; ip link set "$2" up; rm -f "$3"',
      "sh",
      String(seconds),
      plan.link,
      pidFile,
    ],
    logFile: join(paths.folder, "log", "cut.log"),
    marker,
    wrapsChild: false,
  });
  await writePidFile(pidFile, identity);
  await runCommand("ip", ["link", "set", plan.link, "down"]);
}

/** Joins a cut link at once. */
export async function mendLink(cluster: NativeCluster): Promise<void> {
  const pidFile = cluster.paths.pidFile("cut");
  const cut = await readPidFile(pidFile);
  if (cut) await endProcess(cut, 0);
  await rm(pidFile, { force: true });
  await runCommand("ip", ["link", "set", cluster.plan.link, "up"]);
}
