import { constants } from "node:fs";
import { access, chmod, mkdir, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** `<cacheFolder>/<tool>/<version>/<tool>`. */
export function cachedPath(cacheFolder: string, tool: string, version: string): string {
  return join(cacheFolder, tool, version, tool);
}

/** Is this a file that this user may execute? */
export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Puts a finished program into place in one move, so that nobody ever starts half a file. Same file system only. */
export async function placeInCache(from: string, to: string): Promise<void> {
  await chmod(from, 0o755);
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}
