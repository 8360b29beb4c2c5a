import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";

/** The processes of a pod in the native lab, as this machine sees them: also while the cluster's link is cut. */
export async function processesOfPod(podUid: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const groups = await readFile(`/proc/${entry}/cgroup`, "utf8").catch(() => "");
    if (groups.includes(`pod${podUid}/`)) found.push(Number(entry));
  }
  return found;
}

/** Kills (SIGKILL) every process of a pod whose program has this name; throws when there is none. */
export async function killInPod(podUid: string, programName: string): Promise<void> {
  const pids = [];
  for (const pid of await processesOfPod(podUid)) if ((await nameOf(pid)) === programName) pids.push(pid);
  if (pids.length === 0) throw new Error(`no process '${programName}' in pod ${podUid}`);
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** Makes an empty file inside the container that runs `programName`; a pod that has none yet is waited for. */
export async function touchInPod(podUid: string, programName: string, path: string): Promise<void> {
  const touched = await waitUntil(async () => {
    for (const pid of await processesOfPod(podUid)) {
      if ((await nameOf(pid)) !== programName) continue;
      // A short-lived child may be gone by now; its parent has the same root.
      const isMade = await writeFile(`/proc/${pid}/root${path}`, "").then(
        () => true,
        () => false,
      );
      if (isMade) return true;
    }
    return false;
  }, 30);
  if (!touched) throw new Error(`no process '${programName}' in pod ${podUid} to make ${path} for`);
}

/** What a folder inside the container that runs `programName` holds; nothing while there is none. */
export async function listInPod(podUid: string, programName: string, path: string): Promise<string[]> {
  for (const pid of await processesOfPod(podUid))
    if ((await nameOf(pid)) === programName) return readdir(`/proc/${pid}/root${path}`).catch(() => []);
  return [];
}

async function nameOf(pid: number): Promise<string> {
  return basename(await readlink(`/proc/${pid}/exe`).catch(() => ""));
}
