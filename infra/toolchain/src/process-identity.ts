import { readFile } from "node:fs/promises";
import { runProgram } from "./run-program.ts";

export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

/**
 * Says when a process started, in a form that differs for another process that later gets the same number
 * (also after a reboot); undefined when there is no such process.
 */
export async function readStartTime(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return readStartTimeByPs(pid);
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and brackets; the start time is the 20th field after it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${boot.trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

async function readStartTimeByPs(pid: number): Promise<string | undefined> {
  const { exitCode, output } = await runProgram("ps", ["-o", "lstart=", "-p", String(pid)]);
  return exitCode === 0 ? output.trim() || undefined : undefined;
}

export async function readOwnIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startedAt: (await readStartTime(process.pid)) ?? "unknown" };
}

/** Does the process that wrote this identity still run? */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await readStartTime(identity.pid)) === identity.startedAt;
}
