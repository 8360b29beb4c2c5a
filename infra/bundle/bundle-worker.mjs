import { cp, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(fileURLToPath(import.meta.url), "../../..");
const require = createRequire(join(root, "workflows/package.json"));

/**
 * Temporal's SDK brings webpack, to make the workflows' code at start. Ours is made here and shipped, so the part that
 * needs webpack stays out, and with it half of the worker's memory.
 */
export const withoutWebpack = {
  name: "without-webpack",
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^\.\.?\/(workflow\/)?bundler$/ }, ({ importer, path }) =>
      importer.includes("@temporalio/worker") ? { path, namespace: "no-bundler" } : undefined,
    );
    pluginBuild.onLoad({ filter: /.*/, namespace: "no-bundler" }, () => ({
      contents: `
        const fail = () => { throw new Error("workflow-bundle.js is missing beside the worker"); };
        exports.defaultWorkflowInterceptorModules = [];
        exports.bundleWorkflowCode = fail;
        exports.WorkflowCodeBundler = class { createBundle = fail; };`,
    }));
  },
};

/** What the bundled worker finds beside itself: the workflows' code, and the parts that are loaded by their path. */
export async function bundleBesideWorker(folder) {
  const { makeWorkflowBundle } = await import(join(root, "workflows/src/temporal/workflow-bundle.ts"));
  await writeFile(join(folder, "workflow-bundle.js"), await makeWorkflowBundle());
  await bundleScript(
    join(root, "workflows/src/temporal/failure-converter.cjs"),
    join(folder, "failure-converter.cjs"),
  );
  const sdk = dirname(require.resolve("@temporalio/worker/package.json"));
  // A folder of its own, because a `.js` file beside the worker would count as an ES module in some places.
  const thread = join(folder, "workflow-worker-thread");
  await mkdir(thread, { recursive: true });
  await writeFile(join(thread, "package.json"), '{ "type": "commonjs", "main": "index.js" }\n');
  await bundleScript(join(sdk, "lib/workflow/workflow-worker-thread.js"), join(thread, "index.js"), "..");
  await copyNativePart(folder);
  // It reads the workflows' source map, for stacks of errors.
  const sourceMap = dirname(createRequire(join(sdk, "package.json")).resolve("source-map/package.json"));
  await cp(join(sourceMap, "lib/mappings.wasm"), join(folder, "mappings.wasm"));
}

/** `toWorker`: the way from the script's folder to the worker's. */
function bundleScript(entry, outfile, toWorker = ".") {
  return build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "error",
    plugins: [withoutWebpack],
    // The native library lies beside the worker, not beside this script.
    define: { __dirname: "seatrialFolder" },
    banner: { js: `const seatrialFolder=require("node:path").join(__dirname,${JSON.stringify(toWorker)});` },
  });
}

/** The SDK's native library, for the kind of machine that this runs on. */
async function copyNativePart(folder) {
  const bridge = dirname(require.resolve("@temporalio/core-bridge/package.json"));
  const target = require(join(bridge, "common.js")).getPrebuiltTargetName();
  await cp(join(bridge, "releases", target), join(folder, "releases", target), { recursive: true });
}
