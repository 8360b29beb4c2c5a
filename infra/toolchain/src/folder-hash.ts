import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Hash over names and contents of a source folder, as 12 hex digits: the version of a program of ours.
 * Go tests and test data do not change the program and are left out. A folder that is not there hashes as empty.
 */
export async function hashFolder(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of (await listSources(folder, "")).sort()) {
    const content = await readFile(join(folder, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 12);
}

async function listSources(folder: string, below: string): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  const nested = entries.map(async (entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "testdata" ? [] : listSources(folder, path);
    return entry.isFile() && !entry.name.endsWith("_test.go") ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}
