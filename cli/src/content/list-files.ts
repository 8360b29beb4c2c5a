import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isNeverContent } from "@seatrial/contracts/contents/packable.ts";
import { runGit } from "./run-git.ts";

/**
 * The files of a folder that tests may need, as sorted relative paths with `/`. In a git repository: tracked and
 * untracked ones that are not ignored, submodules included. Elsewhere: all but `node_modules`.
 */
export async function listFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  const listed = await runGit(folder, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  if (listed === null) await walk(folder, "", files);
  else await addListed(folder, listed, files);
  return [...new Set(files)].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

async function addListed(folder: string, listed: string, files: string[]): Promise<void> {
  for (const line of listed.split("\0")) {
    const path = line.replace(/\/$/, "");
    if (path === "" || path.split("/").some(isNeverContent)) continue;
    // A folder in git's list is a repository of its own: a submodule or one that lies inside.
    const found = await lstat(join(folder, path)).catch(() => null);
    if (found?.isDirectory())
      for (const inner of await listFiles(join(folder, path))) files.push(`${path}/${inner}`);
    else files.push(path);
  }
}

async function walk(folder: string, path: string, files: string[]): Promise<void> {
  const entries: Dirent[] = await readdir(join(folder, path), { withFileTypes: true });
  for (const entry of entries) {
    if (isNeverContent(entry.name) || entry.name === "node_modules") continue;
    const inner = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) await walk(folder, inner, files);
    else files.push(inner);
  }
}
