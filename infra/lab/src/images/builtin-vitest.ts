import { LabError } from "../base/lab-error.ts";
import { busyboxLayer, nodeLayer } from "./builtin-base.ts";
import { link } from "./entries.ts";
import type { ImageEntry, ImageSpec } from "./image-spec.ts";
import { findPackage, packageEntries, repositoryFolder } from "./package-closure.ts";

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
    layers: [await nodeLayer(), await busyboxLayer(), [...(await vitestEntries()), ...commands]],
    config: { entrypoint: ["/usr/local/bin/node", "/node_modules/vitest/vitest.mjs"] },
  };
}

async function vitestEntries(): Promise<ImageEntry[]> {
  const found = await findPackage("vitest", import.meta.dirname);
  if (!found) throw new LabError("image_invalid", "vitest is not installed; run `npm install` first.");
  return packageEntries([found], (path) => path.slice(repositoryFolder.length));
}
