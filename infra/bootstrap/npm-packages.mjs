import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError, run, runStep, say } from "./step.mjs";

/** Installs the npm packages of the lockfile unless they are there already. */
export async function ensureNpmPackages(root) {
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const record = join(root, "node_modules", ".seatrial-lockfile-sha256");
  if (!isRecorded(record, hash)) {
    if (!isInstalled(root)) {
      removeRemains(join(root, "node_modules"));
      await runStep(
        "installing npm packages (npm ci)",
        "npm",
        ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        {
          cwd: root,
        },
      );
    }
    await ensureNode24(root);
    writeFileSync(record, hash);
  }
  return nodeProgram(root);
}

/** The project's own Node 24, which npm installs as a package. */
export function nodeProgram(root) {
  return join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
}

function isRecorded(record, hash) {
  return existsSync(record) && readFileSync(record, "utf8") === hash;
}

/**
 * npm writes `node_modules/.package-lock.json` last, so an interrupted installation has none. Packages for other
 * platforms are optional and stay away.
 */
export function isInstalled(root) {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages ?? {};
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages ?? {};
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith("node_modules/") || entry.optional || entry.devOptional || entry.peer) return true;
    const found = installed[path];
    return found !== undefined && found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** npm stumbles over what a killed npm left, so it starts from nothing. */
function removeRemains(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    throw new BootstrapError(
      `${folder} cannot be removed (${error.message}). If another npm is running, wait for it.`,
    );
  }
}

async function ensureNode24(root) {
  const program = nodeProgram(root);
  if (await isNode24(program)) return;
  say("npm did not run the install script of its node package; running it now.");
  await runStep("installing Node 24 (npm rebuild node)", "npm", ["rebuild", "node"], { cwd: root });
  if (await isNode24(program)) return;
  throw new BootstrapError(`${program} is not Node 24. Remove node_modules and run the command again.`);
}

async function isNode24(program) {
  if (!existsSync(program)) return false;
  const { exitCode, output } = await run(program, ["--version"], { output: "quiet" });
  return exitCode === 0 && output.startsWith("v24.");
}
