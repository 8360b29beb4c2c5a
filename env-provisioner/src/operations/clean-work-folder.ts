import { mkdir, readdir, readlink, rm } from "node:fs/promises";
import { join, sep } from "node:path";

/**
 * Makes the folder for operations empty: kills what an earlier life of this process left running there, and removes
 * its files. Processes are known by their working folder, which a process id that came round again does not have.
 * Where there is no /proc, only files are removed. Returns how many processes were killed.
 */
export async function cleanWorkFolder(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let killed = 0;
  for (const pid of await processesIn(folder))
    try {
      process.kill(pid, "SIGKILL");
      killed += 1;
    } catch {
      // It ended by itself.
    }
  for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
  return killed;
}

async function processesIn(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const working = await readlink(`/proc/${entry}/cwd`).catch(() => "");
    if (working.startsWith(folder + sep)) found.push(Number(entry));
  }
  return found;
}
