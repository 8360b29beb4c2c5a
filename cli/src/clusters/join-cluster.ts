import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import { parseDurationSeconds } from "@seatrial/contracts/configuration/quantities.ts";
import { type Command, InvalidArgumentError } from "commander";
import { checkHubUrl } from "../connection/settings.ts";
import { openCli } from "../open-cli.ts";
import { readCount } from "../read-number.ts";
import { helmWords, installChart, waitUntilReady } from "./install-chart.ts";
import { writeValues } from "./write-values.ts";

type JoinOptions = {
  label?: Record<string, string>;
  taint?: ClusterTaint[];
  onlyProject?: string[];
  hubUrl?: string;
  expires?: number;
  slots?: number;
  agentImage?: string;
  helperImage?: string;
  environments?: boolean;
  provisionerImage?: string;
  values?: string;
  set?: string[];
  namespace: string;
  kubeconfig?: string;
  context?: string;
  install?: boolean;
};

/** Adds `seatrial cluster join`: a one-use token and the helm command that uses it; with `--install` also runs it. */
export function registerJoinCluster(parent: Command): void {
  parent
    .command("join")
    .description("let a cluster join: makes a one-use token and the helm command (needs an admin token)")
    .argument("<name>", "what the cluster is called: lower-case letters, digits and dashes")
    .option("--label <key=value...>", "labels that suites can ask for", collectLabel)
    .option(
      "--taint <key=value...>",
      "taints that keep away what does not tolerate them; also just key",
      collectTaint,
    )
    .option("--only-project <name...>", "only work of these projects; of all without")
    .option("--hub-url <url>", "the address agents use, when it is not the one you use")
    .option("--expires <time>", "how long the token can be used, as in 10m; 1h without", readTime)
    .option("--slots <count>", "how many attempts run at a time", readCount)
    .option("--agent-image <image>", "another image of the agent")
    .option("--helper-image <image>", "another image of the helper")
    .option(
      "--environments",
      "make environments there too: also installs the provisioner, which has wide rights",
    )
    .option("--provisioner-image <image>", "another image of the provisioner")
    .option("--values <file>", "where to write the chart's values (they hold the token)")
    .option("--namespace <name>", "where the agent is installed", "seatrial")
    .option("--kubeconfig <file>", "the cluster's kubeconfig")
    .option("--context <name>", "its context in the kubeconfig")
    .option("--set <key=value...>", "more values of the chart, as helm takes them")
    .option("--install", "install the chart now")
    .action(joinCluster);
}

async function joinCluster(name: string, options: JoinOptions, command: Command): Promise<void> {
  const { output, connect, settings } = openCli(command);
  const hub = await connect();
  const { hubUrl, ca } = await settings();
  const agentHubUrl = options.hubUrl === undefined ? (hubUrl ?? "") : checkAgentUrl(options.hubUrl);
  const labels = options.label ?? {};
  const wanted = {
    cluster: name,
    labels,
    ...(options.taint ? { taints: options.taint } : {}),
    ...(options.onlyProject ? { projects: options.onlyProject } : {}),
    ...(options.expires ? { expiresInSeconds: options.expires } : {}),
  };
  const token = await hub.createJoinToken(wanted);
  const provisionerToken = options.environments
    ? await hub.createJoinToken({ ...wanted, role: "provisioner" })
    : null;
  const values = valuesOf(name, labels, agentHubUrl, ca, options, {
    agent: token.secret,
    provisioner: provisionerToken?.secret ?? null,
  });
  const file = await writeValues(resolve(options.values ?? `seatrial-${name}.values.yaml`), values);
  const words = helmWords(file, options);
  const shown = ["helm", ...words].map(quote).join(" ");
  if (!options.install) {
    output.json({ ...token, values, valuesFile: file, command: shown });
    output.print(
      `${output.paint("green", "✓")} ${provisionerToken ? "tokens" : "token"} for ${name}, to be used once before ${token.expiresAt}`,
    );
    output.print(`  ${file} holds ${provisionerToken ? "them" : "it"}`);
    if (isThisMachine(agentHubUrl))
      output.note(`  pods do not reach ${agentHubUrl}: give an address they do reach with --hub-url`);
    output.print(shown);
    return;
  }
  output.note(`$ ${shown}`);
  try {
    await installChart(words, (line) => output.note(`  ${line}`));
  } finally {
    // The token is used up or about to be made anew; nobody asked to keep the file.
    if (options.values === undefined) await rm(file, { force: true });
  }
  output.note(`  installed; waiting for the agent of ${name}, at most two minutes`);
  const cluster = await waitUntilReady(hub, name);
  output.json(cluster);
  output.print(`${output.paint("green", "✓")} cluster ${name} is ready`);
}

function valuesOf(
  name: string,
  labels: Record<string, string>,
  hubUrl: string,
  ca: string | null,
  options: JoinOptions,
  tokens: { agent: string; provisioner: string | null },
) {
  const images = {
    ...(options.agentImage ? { agent: options.agentImage } : {}),
    ...(options.helperImage ? { helper: options.helperImage } : {}),
    ...(options.provisionerImage ? { provisioner: options.provisionerImage } : {}),
  };
  return {
    hub: { url: hubUrl, ...(ca === null ? {} : { ca }) },
    joinToken: tokens.agent,
    ...(tokens.provisioner === null ? {} : { provisioner: { enabled: true, joinToken: tokens.provisioner } }),
    cluster: { name, labels },
    ...(Object.keys(images).length > 0 ? { images } : {}),
    ...(options.slots ? { slots: options.slots } : {}),
  };
}

function isThisMachine(url: string): boolean {
  return /^https?:\/\/(localhost|127\.|\[::1\])/.test(url);
}

/** Like the hub's address, but plain HTTP is left to who runs the cluster: TLS may end in front of the hub. */
function checkAgentUrl(url: string): string {
  if (/^http:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, "");
  return checkHubUrl(url);
}

function collectLabel(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const [, key, value] = /^([^=]{1,63})=(.{0,63})$/.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError("write key=value, as in region=west");
  return { ...before, [key]: value };
}

function collectTaint(text: string, before: ClusterTaint[] = []): ClusterTaint[] {
  const [, key, value = null] = /^([^=]{1,63})(?:=(.{0,63}))?$/.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError("write key or key=value, as in gpu or team=payments");
  return [...before, { key, value }];
}

function readTime(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds !== null && seconds >= 1) return seconds;
  throw new InvalidArgumentError("write a length of time, as in 10m");
}

function quote(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
