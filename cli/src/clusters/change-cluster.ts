import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { Cluster, ClusterTaint } from "@seatrial/contracts/clusters/cluster.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { describeTaints } from "./describe-taints.ts";
import { describeLabels } from "./list-clusters.ts";

/** Adds `seatrial cluster label` and `seatrial cluster taint`. */
export function registerChangeCluster(parent: Command): void {
  parent
    .command("label")
    .description("set or remove labels of a cluster, as suites ask for them (needs an admin token)")
    .argument("<name>", "the cluster")
    .argument("<label...>", "key=value sets one, key- removes it")
    .action(async (name: string, words: string[], _options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const cluster = await change(await connect(), name, ({ labels }) => ({
        labels: words.reduce(withLabel, labels),
      }));
      output.json(cluster);
      output.print(`${output.paint("green", "✓")} ${name}: ${describeLabels(cluster.labels) || "no labels"}`);
    });
  parent
    .command("taint")
    .description("keep work away that does not tolerate it, or let it in again (needs an admin token)")
    .argument("<name>", "the cluster")
    .argument("<taint...>", "key or key=value sets one, key- removes it")
    .action(async (name: string, words: string[], _options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const cluster = await change(await connect(), name, ({ taints }) => ({
        taints: words.reduce(withTaint, taints),
      }));
      output.json(cluster);
      output.print(`${output.paint("green", "✓")} ${name}: ${describeTaints(cluster.taints) || "no taints"}`);
    });
}

async function change(
  hub: HubClient,
  name: string,
  wanted: (cluster: Cluster) => Parameters<HubClient["changeCluster"]>[1],
): Promise<Cluster> {
  return hub.changeCluster(name, wanted(await hub.getCluster(name)));
}

function withLabel(labels: Record<string, string>, word: string): Record<string, string> {
  const { key, value, isRemoval } = parse(word);
  const { [key]: _before, ...rest } = labels;
  if (isRemoval) return rest;
  if (value === null) throw wrong(word, "write key=value, as in region=west, or key- to remove it");
  return { ...rest, [key]: value };
}

function withTaint(taints: readonly ClusterTaint[], word: string): ClusterTaint[] {
  const { key, value, isRemoval } = parse(word);
  const rest = taints.filter((taint) => taint.key !== key);
  return isRemoval ? rest : [...rest, { key, value }];
}

function parse(word: string): { key: string; value: string | null; isRemoval: boolean } {
  const [, key, sign, value = ""] = /^([^=]{1,63}?)(?:(-)|=(.{0,63}))?$/.exec(word) ?? [];
  if (key === undefined) throw wrong(word, "write key, key=value, or key- to remove it");
  return { key, value: word.includes("=") ? value : null, isRemoval: sign === "-" };
}

function wrong(word: string, fix: string): CliError {
  return new CliError(`"${safeLine(word, 80)}" is neither set nor removed`, {
    fix,
    exitCode: exitCodes.usage,
  });
}
