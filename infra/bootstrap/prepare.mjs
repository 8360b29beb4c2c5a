import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  canInstall,
  ensureDebianPackages,
  faultPackages,
  labPackages,
  testPackages,
} from "./debian-packages.mjs";
import { checkMachine, chooseLab, readFacts } from "./machine.mjs";
import { ensureNpmPackages } from "./npm-packages.mjs";
import { BootstrapError, run, say, throwIfInterrupted } from "./step.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

const clusterTools = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "etcd",
  "coredns",
];
const clientTools = ["kubectl", "helm", "helper", "temporal", "pulumi"];

/**
 * Brings the machine to where a command can run: npm packages always, clusters, a database server and more tools when
 * needed. Everything is checked first and only what is missing is installed, so it can be interrupted and run again.
 * Returns the path of the project's Node 24.
 */
export async function prepare({ lab = false, database = false, faults = false, tools: more = [] }) {
  await checkMachine();
  const kind = lab ? chooseLab(await readFacts()) : undefined;
  const node = await ensureNpmPackages(root);
  if (kind === "native" || database) await preparePackages(kind, database, faults);
  const tools = [
    ...(kind === "native" ? clusterTools : []),
    ...(lab ? clientTools : []),
    ...(database ? ["versitygw", "helper", "temporal"] : []),
    ...more,
  ];
  if (tools.length > 0) await prepareTools(node, [...new Set(tools)]);
  return node;
}

async function preparePackages(kind, database, faults) {
  const names = [
    ...(kind === "native" ? labPackages : []),
    ...(database ? testPackages : []),
    ...(faults ? faultPackages : []),
  ];
  if (canInstall()) {
    await ensureDebianPackages(names, "clusters and database servers for the tests run on this machine.");
    return;
  }
  say(
    `Debian packages cannot be installed here (needs root and apt-get). What is used if it is there: ${names.join(" ")}.`,
  );
}

async function prepareTools(node, names) {
  const { exitCode } = await run(node, [join(root, "infra/toolchain/src/main.ts"), ...names], {
    output: "stderr",
  });
  throwIfInterrupted();
  if (exitCode !== 0) throw new BootstrapError("A tool is missing (see above); nothing was started.");
}

/** Hands the terminal over to a TypeScript program under Node 24 and resolves with its exit code. */
export async function handOver(node, program, programArguments, options = {}) {
  const environment = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` };
  const { exitCode } = await run(node, [program, ...programArguments], {
    env: environment,
    cwd: options.cwd ?? root,
  });
  return exitCode;
}
