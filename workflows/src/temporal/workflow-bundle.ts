import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { failureConverterPath } from "./data-converter.ts";

/** Beside the bundled worker of production; there is no such file among the sources. */
const shippedPath = join(import.meta.dirname, "workflow-bundle.js");
const sources = join(import.meta.dirname, "..");
const contracts = join(sources, "../../contracts/src");

/**
 * The path of the workflows' code for the worker: the file shipped beside it, else one kept in `cacheFolder` under the
 * hash of what goes into it, else a newly made one (1 to 5 s). Several processes may ask at once.
 */
export async function loadWorkflowBundle(cacheFolder: string): Promise<string> {
  if (existsSync(shippedPath)) return shippedPath;
  const path = join(cacheFolder, `workflows-${await hashSources()}.js`);
  if (existsSync(path)) return path;
  const code = await makeWorkflowBundle();
  await mkdir(cacheFolder, { recursive: true });
  // Whole or not at all: another process may read it at any time.
  const half = `${path}.${process.pid}`;
  await writeFile(half, code);
  await rename(half, path);
  return path;
}

/** Makes the workflows' code anew. Loads webpack, which costs memory, so only where there is no kept one. */
export async function makeWorkflowBundle(): Promise<string> {
  const { bundleWorkflowCode } = await import("@temporalio/worker");
  const quiet = { info() {}, debug() {}, trace() {}, warn() {}, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(sources, "workflow-entry.ts"),
    failureConverterPath,
    logger: quiet,
  });
  return code;
}

/** Everything that may go into the bundle: our sources, the contracts they use, and the SDK's version. */
async function hashSources(): Promise<string> {
  const hash = createHash("sha256");
  const require = createRequire(import.meta.url);
  hash.update(await readFile(require.resolve("@temporalio/workflow/package.json")));
  hash.update(await readFile(failureConverterPath));
  for (const folder of [sources, contracts]) {
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((each) => /(?<!\.test)\.ts$/.test(each)).sort())
      hash.update(`\0${name}\0`).update(await readFile(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 32);
}
