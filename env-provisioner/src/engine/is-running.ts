import { readFile } from "node:fs/promises";

/**
 * True while a process does something. One that was killed stays listed until its parent asks for its end, and in a
 * container nobody may ever ask: that one holds nothing any more.
 */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal is still there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The name before it may hold anything, also brackets (proc_pid_stat(5)).
  const state = status?.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3);
  return state !== "Z" && state !== "X";
}
