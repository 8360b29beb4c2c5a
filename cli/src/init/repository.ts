import type { Dirent } from "node:fs";
import { constants, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isNeverContent } from "@seatrial/contracts/contents/packable.ts";

const limits = { files: 20_000, folders: 4_000, depth: 12, fileBytes: 262_144 };
/** Folders of tools and of other people's code: nothing in them is this repository's own. */
const ignoredFolders = new Set([
  ...["node_modules", "bower_components", "vendor", "venv", "virtualenv", "__pycache__", "site-packages"],
  ...["dist", "build", "out", "target", "coverage", "tmp", "bin", "obj"],
]);
/** What a path may be made of to be written into a file as it is. */
const plainPath = /^[A-Za-z0-9_@+.][A-Za-z0-9_@+./ -]{0,200}$/;

/** The files of a folder, as far as they were looked at. Names and contents are untrusted. */
export type Repository = {
  /** Relative paths with `/`, in the order of their depth, then of their names. */
  files: readonly string[];
  /** True when there was more than is looked at. */
  isCut: boolean;
  /** The text of one of `files`; null when it is too large, no text, or gone. */
  read: (path: string) => Promise<string | null>;
};

/**
 * Lists a folder breadth first, at most 20,000 files in 4,000 folders of 12 levels. Links are not followed; hidden
 * folders, folders of tools and paths with odd characters are left out.
 */
export async function readRepository(folder: string): Promise<Repository> {
  const files: string[] = [];
  let level = [""];
  let folders = 0;
  let isCut = false;
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const path of level) {
      folders += 1;
      if (folders > limits.folders || files.length >= limits.files) {
        isCut = true;
        break;
      }
      const { inner, own } = await list(folder, path);
      files.push(...own);
      next.push(...inner);
    }
    if (isCut || (depth === limits.depth && next.length > 0)) {
      isCut = true;
      break;
    }
    level = next;
  }
  const known = new Set(files.slice(0, limits.files));
  return {
    files: [...known],
    isCut: isCut || files.length > limits.files,
    read: async (path) => (known.has(path) ? readText(join(folder, path)) : null),
  };
}

async function list(folder: string, path: string): Promise<{ inner: string[]; own: string[] }> {
  const entries: Dirent[] = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
  const inner: string[] = [];
  const own: string[] = [];
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const whole = path === "" ? entry.name : `${path}/${entry.name}`;
    if (isNeverContent(entry.name) || !plainPath.test(whole) || whole.endsWith(" ")) continue;
    if (entry.isFile()) own.push(whole);
    else if (entry.isDirectory() && !entry.name.startsWith(".") && !ignoredFolders.has(entry.name))
      inner.push(whole);
  }
  return { inner, own };
}

/** Never follows a link, not even one that was put there after the folder was listed. */
async function readText(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  );
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > limits.fileBytes) return null;
    const text = await file.readFile("utf8");
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** `deploy` of `deploy/chart`; empty at the top. */
export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** `chart` of `deploy/chart`. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function isBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** `api` of `tests/api` below `tests`; empty for the folder itself. */
export function relativeTo(path: string, folder: string): string {
  return path === folder ? "" : folder === "" ? path : path.slice(folder.length + 1);
}
