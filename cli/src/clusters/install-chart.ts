import { spawn } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { CliError } from "../cli-error.ts";
import { safeLine } from "../terminal/safe-text.ts";

const chartFolder = fileURLToPath(new URL("../../../infra/charts/cluster", import.meta.url));

export type HelmOptions = {
  namespace: string;
  kubeconfig?: string;
  context?: string;
  set?: string[];
  /** With the provisioner: its readiness says that it has joined, and helm waits for it. */
  environments?: boolean;
};

/** The words after `helm` that install agent and provisioner, or bring installed ones to these values. */
export function helmWords(valuesFile: string, options: HelmOptions): string[] {
  const inside = relative(process.cwd(), chartFolder);
  return [
    "upgrade",
    "--install",
    "seatrial",
    inside.startsWith("..") || inside === "" ? chartFolder : `./${inside}`,
    "--namespace",
    options.namespace,
    "--create-namespace",
    "--values",
    valuesFile,
    ...(options.environments ? ["--wait", "--timeout", "3m"] : []),
    ...(options.set ?? []).flatMap((value) => ["--set", value]),
    ...(options.kubeconfig ? ["--kubeconfig", options.kubeconfig] : []),
    ...(options.context ? ["--kube-context", options.context] : []),
  ];
}

/** Runs helm from the toolchain. Throws CliError with what helm said last. */
export async function installChart(words: readonly string[], say: (line: string) => void): Promise<void> {
  const { findTool } = await import("@seatrial/toolchain/find-tool.ts");
  const { createStepPrinter } = await import("@seatrial/toolchain/print-steps.ts");
  const helm = await findTool("helm", { report: createStepPrinter(say) });
  const child = spawn(helm.path, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_000);
    });
  const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
  if (code === 0) return;
  const lines = said.trim().split("\n").slice(-5);
  throw new CliError(`helm could not install the agent (exit code ${code})`, {
    lines: lines.map((line) => safeLine(line, 400)),
    fix: "mend that and run the same again; the token is new each time",
  });
}

/** Waits until the hub has heard from the cluster's agent, at most two minutes. Throws CliError after that. */
export async function waitUntilReady(hub: HubClient, name: string): Promise<Cluster> {
  const until = Date.now() + 120_000;
  for (;;) {
    const cluster = await hub.getCluster(name);
    if (cluster.state === "ready") return cluster;
    if (Date.now() > until)
      throw new CliError(`the chart is installed, but no agent of ${name} has called within two minutes`, {
        fix:
          "see why: kubectl -n seatrial describe pods (can the cluster pull the images?) and kubectl -n seatrial logs " +
          "deployment/seatrial-agent (does it reach the hub?)",
      });
    await sleep(500);
  }
}
