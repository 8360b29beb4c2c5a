import { access, readFile, realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { copyFolder } from "./entries.ts";
import type { ImageEntry } from "./image-spec.ts";
import { collectLibraries } from "./library-closure.ts";

/** Where npm has installed what the repository needs. */
export const repositoryFolder = join(import.meta.dirname, "../../../..");

/**
 * Installed packages with everything that they depend on. Packages of the repository itself are left out: their
 * sources are no dependency's files. `place` says where a folder of this machine lies in the image, and `isWanted`
 * what of a package (by its path inside the package) is copied.
 */
export async function packageEntries(
  first: readonly string[],
  place: (folder: string) => string,
  isWanted: (path: string) => boolean = () => true,
): Promise<ImageEntry[]> {
  const root = join(await realpath(repositoryFolder), sep);
  const folders = new Set(first);
  for (const packageFolder of folders) {
    for (const dependency of await readDependencies(packageFolder)) {
      const found = await findPackage(dependency, packageFolder);
      if (found?.startsWith(root) && found.includes(`${sep}node_modules${sep}`)) folders.add(found);
    }
  }
  const entries: ImageEntry[] = [];
  for (const packageFolder of [...folders].sort()) {
    const isOwn = (path: string): boolean => path.split(sep)[0] !== "node_modules" && isWanted(path);
    entries.push(...(await copyFolder(packageFolder, place(packageFolder), isOwn)));
  }
  return [...entries, ...(await collectLibraries(listAddons(entries)))];
}

/** Compiled parts of packages; they need libraries that Node itself does not. */
function listAddons(entries: readonly ImageEntry[]): string[] {
  return entries.flatMap((entry) =>
    entry.kind === "file" && "source" in entry.content && entry.path.endsWith(".node")
      ? [entry.content.source]
      : [],
  );
}

type Names = Readonly<Record<string, unknown>>;
type Manifest = {
  dependencies?: Names;
  optionalDependencies?: Names;
  peerDependencies?: Names;
  peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>;
};

export async function readDependencies(packageFolder: string): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as Manifest;
  const isNeeded = (name: string): boolean => manifest.peerDependenciesMeta?.[name]?.optional !== true;
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(isNeeded);
  return [...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), ...peers];
}

/** Where Node would find a package from a folder; undefined for an optional one that is not installed. */
export async function findPackage(name: string, fromFolder: string): Promise<string | undefined> {
  const folders = createRequire(join(fromFolder, "from.js")).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const candidate = join(folder, name);
    const isThere = await access(join(candidate, "package.json")).then(
      () => true,
      () => false,
    );
    if (isThere) return realpath(candidate);
  }
  return undefined;
}
