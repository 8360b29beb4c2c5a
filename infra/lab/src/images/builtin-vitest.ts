import { access, readFile, realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { LabError } from "../base/lab-error.ts";
import { busyboxLayer, nodeLayer } from "./builtin-base.ts";
import { copyFolder, link } from "./entries.ts";
import type { ImageEntry, ImageSpec } from "./image-spec.ts";
import { collectLibraries } from "./library-closure.ts";

/** Where npm would put the command, and on PATH. */
const commands = [
  link("/node_modules/.bin/vitest", "../vitest/vitest.mjs"),
  link("/usr/local/bin/vitest", "/node_modules/vitest/vitest.mjs"),
];

/** Node with vitest in /node_modules, where test files in any folder find it. */
export async function vitestImage(): Promise<ImageSpec> {
  return {
    name: "seatrial/vitest",
    tag: "lab",
    layers: [await nodeLayer(), await busyboxLayer(), [...(await packageLayer("vitest")), ...commands]],
    config: { entrypoint: ["/usr/local/bin/node", "/node_modules/vitest/vitest.mjs"] },
  };
}

/** An installed package and everything that it depends on, as it lies in this repository's node_modules. */
async function packageLayer(name: string): Promise<ImageEntry[]> {
  const first = await findPackage(name, dirname(import.meta.filename));
  if (!first) throw new LabError("image_invalid", `${name} is not installed; run \`npm install\` first.`);
  const root = dirname(first);
  const folders = new Set([first]);
  for (const packageFolder of folders) {
    for (const dependency of await readDependencies(packageFolder)) {
      const found = await findPackage(dependency, packageFolder);
      if (found?.startsWith(root + sep)) folders.add(found);
    }
  }
  const entries: ImageEntry[] = [];
  for (const packageFolder of [...folders].sort()) {
    const target = join("/node_modules", packageFolder.slice(root.length));
    const isOwn = (path: string): boolean => path.split(sep)[0] !== "node_modules";
    entries.push(...(await copyFolder(packageFolder, target, isOwn)));
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

async function readDependencies(packageFolder: string): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as Manifest;
  const isNeeded = (name: string): boolean => manifest.peerDependenciesMeta?.[name]?.optional !== true;
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(isNeeded);
  return [...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), ...peers];
}

/** Where Node would find a package from a folder; undefined for an optional one that is not installed. */
async function findPackage(name: string, fromFolder: string): Promise<string | undefined> {
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
