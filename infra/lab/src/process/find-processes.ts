import { readdir, readFile, readlink } from "node:fs/promises";
import { identify, type ProcessIdentity } from "./identity.ts";

/** Every process that the lab starts carries this variable, so that none is lost when its starter is killed. */
export const markerName = "SEATRIAL_LAB";

/**
 * The marker's value for a part of the lab. It names the network name space that the lab is in: a container with a
 * lab of its own on the same machine shows its processes here, and they are not this lab's.
 */
export async function markerValue(part: string): Promise<string> {
  return `${await readlink("/proc/self/ns/net")}/${part}`;
}

/** Processes of a part of the lab, or of all its parts without one, read from /proc at this moment. */
export async function findMarkedProcesses(part?: string): Promise<ProcessIdentity[]> {
  const wanted = `\0${markerName}=${await markerValue(part === undefined ? "" : `${part}\0`)}`;
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
