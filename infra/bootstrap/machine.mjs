import { BootstrapError, run } from "./step.mjs";

/** Throws unless this Node and platform can run Seatrial at all. */
export async function checkMachine() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    throw new BootstrapError(
      `Node ${process.versions.node} is too old: install Node 20 or newer (https://nodejs.org).`,
    );
  }
  if (process.platform !== "linux" && process.platform !== "darwin") {
    throw new BootstrapError(`${process.platform} is not supported: use Linux, macOS or WSL 2.`);
  }
  const npm = await run("npm", ["--version"], { output: "quiet" }).catch(() => ({ exitCode: 1 }));
  if (npm.exitCode !== 0)
    throw new BootstrapError("npm is not on PATH: install it together with Node (https://nodejs.org).");
}

/** Does a Docker engine answer? */
export async function dockerAnswers() {
  const options = { output: "quiet" };
  const docker = await run("docker", ["version", "--format", "{{.Server.Version}}"], options).catch(
    () => undefined,
  );
  return docker?.exitCode === 0;
}

/**
 * How real clusters can be had here: `docker` (kind) or `native` (Linux as root). Throws with what cannot run
 * when neither is possible.
 */
export function chooseLab(facts) {
  if (facts.docker) return "docker";
  if (facts.platform === "linux" && facts.isRoot) return "native";
  const linux =
    facts.platform === "linux" ? ", or run as root (clusters then run directly on this machine)" : "";
  throw new BootstrapError(
    "No Docker engine answers and this user is not root on Linux, so no cluster can be started here: the demo, the " +
      `end-to-end tests and the benchmarks cannot run. Start Docker${linux}. ` +
      "Without a cluster these work: npm run check, npm test -- --project unit, npm test -- --project integration.",
  );
}

export async function readFacts() {
  return { docker: await dockerAnswers(), platform: process.platform, isRoot: process.getuid?.() === 0 };
}
