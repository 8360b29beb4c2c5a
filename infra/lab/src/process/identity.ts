import { readFile } from "node:fs/promises";
import { isAlive, type ProcessIdentity, readStartTime } from "@seatrial/toolchain/process-identity.ts";
import { writeFileWhole } from "../base/write-file.ts";

export type { ProcessIdentity };

/** Writes who runs: the pid and when it started, so that another process with the same pid is never taken for it. */
export async function writePidFile(path: string, identity: ProcessIdentity): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify(identity)}\n`);
}

/** The process that a pid file names, if it still runs; undefined for none, for another one, and for half a file. */
export async function readPidFile(path: string): Promise<ProcessIdentity | undefined> {
  let identity: ProcessIdentity;
  try {
    identity = JSON.parse(await readFile(path, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
  if (!Number.isInteger(identity.pid) || identity.pid < 2) return undefined;
  return (await isAlive(identity)) ? identity : undefined;
}

/** The identity of a process that runs now; undefined when it has ended. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = await readStartTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}
