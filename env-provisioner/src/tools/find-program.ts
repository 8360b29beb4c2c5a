import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/** The absolute path of a program, looked up along `searchPath`. Throws an error that names it when there is none. */
export async function findProgram(name: string, searchPath: string): Promise<string> {
  const candidates = isAbsolute(name)
    ? [name]
    : searchPath.split(delimiter).map((folder) => join(folder, name));
  for (const candidate of candidates) {
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  throw new Error(`There is no program ${name} (looked in ${searchPath}): install it or name its path`);
}
