import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../base/lab-error.ts";
import { waitUntil } from "../base/wait-until.ts";

const cgroupRoot = "/sys/fs/cgroup";

/**
 * Makes a cluster's cgroup in every controller (version 1), or once (version 2). The kubelet refuses a cgroup root
 * that is missing in one of them, and a cpuset is empty until it is filled in.
 */
export async function createCgroups(name: string): Promise<void> {
  for (const hierarchy of await listHierarchies()) {
    await handControllersDown(hierarchy);
    await mkdir(join(hierarchy, name), { recursive: true });
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const value = await readFile(join(hierarchy, file), "utf8").catch(() => "");
      if (value.trim() === "") continue;
      await writeFile(join(hierarchy, name, file), value);
    }
  }
}

/**
 * Version 2 gives a child only the controllers that its parent hands down. Those are handed down already wherever
 * systemd runs, and there is no such file in version 1. Not tried on a machine of version 2.
 */
async function handControllersDown(hierarchy: string): Promise<void> {
  const available = await readFile(join(hierarchy, "cgroup.controllers"), "utf8").catch(() => "");
  const handed = await readFile(join(hierarchy, "cgroup.subtree_control"), "utf8").catch(() => "");
  const missing = available.split(/\s+/).filter((name) => name !== "" && !handed.split(/\s+/).includes(name));
  for (const controller of missing) {
    // One that cannot be (as real-time scheduling) is missed by the kubelet only if it needs it, and it says so.
    await writeFile(join(hierarchy, "cgroup.subtree_control"), `+${controller}`).catch(() => undefined);
  }
}

/** Removes a cluster's cgroups. Those of ended processes stay busy for a moment, so this tries for a while. */
export async function removeCgroups(name: string): Promise<void> {
  let failure: unknown;
  const areGone = await waitUntil(
    async () => {
      try {
        for (const hierarchy of await listHierarchies()) await removeTree(join(hierarchy, name));
        return true;
      } catch (error) {
        failure = error;
        return false;
      }
    },
    20,
    100,
  );
  if (!areGone)
    throw new LabError("command_failed", `The cgroup ${name} cannot be removed: ${String(failure)}`);
}

/** The cgroups with this name that exist now. */
export async function listCgroups(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const hierarchy of await listHierarchies()) {
    if ((await readdir(hierarchy)).includes(name)) found.push(join(hierarchy, name));
  }
  return found;
}

async function listHierarchies(): Promise<string[]> {
  const entries = await readdir(cgroupRoot, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === "cgroup.controllers")) return [cgroupRoot];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(cgroupRoot, name));
}

async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return;
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder);
}
