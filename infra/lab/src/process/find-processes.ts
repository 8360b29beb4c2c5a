import { readdir, readFile } from "node:fs/promises";
import { identify, type ProcessIdentity } from "./identity.ts";

/** Every process that the lab starts carries this variable, so that none is lost when its starter is killed. */
export const markerName = "SEATRIAL_LAB";

/**
 * Processes whose environment carries the lab's marker (`SEATRIAL_LAB=<value>`), read from /proc at this moment;
 * without a value, all that the lab started.
 */
export async function findMarkedProcesses(value?: string): Promise<ProcessIdentity[]> {
  const wanted = `\0${markerName}=${value === undefined ? "" : `${value}\0`}`;
  const found: ProcessIdentity[] = [];
  for (const pid of await listPids()) {
    const environment = await readOrEmpty(`/proc/${pid}/environ`);
    if (!`\0${environment}`.includes(wanted)) continue;
    const identity = await identify(pid);
    if (identity && pid !== process.pid) found.push(identity);
  }
  return found;
}

/** The child of a process: what nsenter and unshare run, seen from outside. Undefined while there is none. */
export async function findChild(parentPid: number): Promise<ProcessIdentity | undefined> {
  for (const pid of await listPids()) {
    const stat = await readOrEmpty(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[1]) === parentPid) return identify(pid);
  }
  return undefined;
}

async function listPids(): Promise<number[]> {
  const names = await readdir("/proc");
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 1);
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
