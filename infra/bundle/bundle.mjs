import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { bundleBesideWorker, withoutWebpack } from "./bundle-worker.mjs";

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
    logLevel: "warning",
    loader: { ".wasm": "file", ".data": "file" },
    plugins: name === "worker" ? [withoutWebpack] : [],
    // CommonJS packages inside an ES module ask for Node's own modules through `require`, and for files beside them.
    banner: {
      js: 'import{createRequire as seatrialRequire}from"node:module";const require=seatrialRequire(import.meta.url);const __dirname=import.meta.dirname;',
    },
  });
  if (name === "worker") await bundleBesideWorker(folder);
  // The hub reads its migrations from beside the bundle.
  if (name === "hub") await cp(join(root, "hub/migrations"), join(folder, "migrations"), { recursive: true });
  return outfile;
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
