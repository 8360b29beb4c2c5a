import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { describeKept } from "./describe-drain.ts";
import { describeTaints } from "./describe-taints.ts";

/** Adds `seatrial cluster list`. */
export function registerListClusters(parent: Command): void {
  parent
    .command("list")
    .description("the clusters this token may see")
    .action(async (_options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const hub = await connect();
      const items = await Array.fromAsync(readPages((page) => hub.listClusters(page)));
      output.json({ items });
      if (items.length === 0) return output.print("no clusters yet: seatrial cluster join <name>");
      const rows = items.map((one) => [
        one.name,
        paintState(one, output),
        one.slots === null ? "" : `${one.running}/${one.slots}`,
        describeLabels(one.labels),
        describeTaints(one.taints),
        safeLine(one.kubernetesVersion ?? "", 30),
        one.enforcesNetworkPolicy?.answer ?? "unknown",
        lastSeen(one),
      ]);
      const kept = describeKept(items);
      if (kept !== null) output.note(kept);
      output.table(
        ["NAME", "STATE", "RUNNING", "LABELS", "TAINTS", "KUBERNETES", "POLICY", "LAST SEEN"],
        rows,
      );
    });
}

export function paintState(cluster: Cluster, output: Output): string {
  const tones = {
    ready: "green",
    pending: "yellow",
    cordoned: "yellow",
    draining: "yellow",
    silent: "red",
    revoked: "dim",
  } as const;
  return output.paint(tones[cluster.state], cluster.state);
}

export function describeLabels(labels: Record<string, string>): string {
  return safeLine(
    Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
  );
}

export function lastSeen(cluster: Cluster): string {
  if (cluster.lastSeenAt === null) return "never";
  return `${elapsed(Math.max(0, Date.now() - Date.parse(cluster.lastSeenAt)))} ago`;
}
