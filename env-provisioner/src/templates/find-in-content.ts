import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import { OperationError } from "../operation-error.ts";

export type FoundInContent = { absolute: string; isFolder: boolean };

/**
 * A path of the content, with links followed. Throws OperationError (`template_invalid`) when it is not there, with
 * the nearest name, or when a link leads out of the content.
 */
export async function findInContent(
  contentFolder: string,
  path: string,
  what: string,
): Promise<FoundInContent> {
  const root = await realpath(contentFolder);
  const wanted = join(root, path);
  const absolute = await realpath(wanted).catch(() => null);
  if (absolute === null) throw await notThere(root, path, what);
  const within = relative(root, absolute);
  if (within === ".." || within.startsWith("../") || isAbsolute(within))
    throw new OperationError("template_invalid", `${what} ${path} leads out of the content: keep it inside`, {
      file: path,
      line: null,
    });
  return { absolute, isFolder: (await stat(absolute)).isDirectory() };
}

async function notThere(root: string, path: string, what: string): Promise<OperationError> {
  const siblings = await readdir(dirname(join(root, path))).catch(() => []);
  const nearest = nearestName(basename(path), siblings);
  const fix = nearest
    ? `did you mean ${join(dirname(path), nearest)}?`
    : "write its path from the folder of seatrial.yaml on, and see that .gitignore does not leave it out";
  return new OperationError("template_invalid", `there is no ${what} ${path} in the content (${fix})`, {
    file: path,
    line: null,
  });
}
