import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const root = join(fileURLToPath(import.meta.url), "../../..");

/** The processes that images carry, each as one minified file. */
export const bundles = {
  hub: "hub/src/main.ts",
  worker: "workflows/src/main.ts",
  agent: "cluster-agent/src/main.ts",
};

/**
 * Bundles one process into `<folder>/<name>.mjs` and returns the path. What is imported lazily and only for some
 * configurations (the S3 client, PGlite) lands in chunks beside it, so it costs no memory until it is used.
 */
export async function bundle(name, folder) {
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [{ in: join(root, bundles[name]), out: name }],
    outdir: dirname(outfile),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    keepNames: true,
    splitting: name === "hub",
    chunkNames: `${name}-chunks/[name]-[hash]`,
    platform: "node",
    target: "node24",
    format: "esm",
    // Temporal's SDK has a compiled core and loads parts of itself by path, so the worker's image carries its packages.
    external: name === "worker" ? ["@temporalio/*"] : [],
    logLevel: "warning",
    loader: { ".wasm": "file", ".data": "file" },
    // CommonJS packages inside an ES module ask for Node's own modules through `require`.
    banner: {
      js: 'import{createRequire as seatrialRequire}from"node:module";const require=seatrialRequire(import.meta.url);',
    },
  });
  // The hub reads its migrations from beside the bundle.
  if (name === "hub") await cp(join(root, "hub/migrations"), join(folder, "migrations"), { recursive: true });
  if (name === "worker") await addWorkflows(folder);
  return outfile;
}

/** The workflows' own code, made once here: the worker looks for both files beside itself. */
async function addWorkflows(folder) {
  const { makeWorkflowBundle } = await import("@seatrial/workflows/temporal/workflow-bundle.ts");
  const { failureConverterPath } = await import("@seatrial/workflows/temporal/data-converter.ts");
  await writeFile(join(folder, "workflow-bundle.js"), await makeWorkflowBundle());
  await cp(failureConverterPath, join(folder, basename(failureConverterPath)));
  if (isInside(folder, root)) return;
  // Outside of the repository Node would not find the packages.
  await rm(join(folder, "node_modules"), { recursive: true, force: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
}

function isInside(folder, parent) {
  return !relative(parent, resolve(folder)).startsWith("..");
}

// `bundle.mjs [--folder <path>] [name …]` prints the path of each bundle.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { folder: { type: "string" } },
    allowPositionals: true,
  });
  const names = positionals.length > 0 ? positionals : Object.keys(bundles);
  for (const name of names) console.log(await bundle(name, values.folder ?? join(root, "dist")));
}
