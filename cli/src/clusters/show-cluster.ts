import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { formatTable } from "../terminal/table.ts";
import { describeProtocol, dutyRows } from "./describe-drain.ts";
import { describeEnforcement } from "./describe-enforcement.ts";
import { describeProvisioner } from "./describe-provisioner.ts";
import { describeTaints } from "./describe-taints.ts";
import { describeLabels, lastSeen, paintState } from "./list-clusters.ts";

/** Adds `seatrial cluster show`. */
export function registerShowCluster(parent: Command): void {
  parent
    .command("show")
    .description("one cluster")
    .argument("<name>", "its name")
    .action(async (name: string, _options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const cluster = await (await connect()).getCluster(name);
      output.json(cluster);
      const rows = [
        ["name", cluster.name],
        ["state", paintState(cluster, output)],
        ...dutyRows(cluster),
        [
          "running",
          cluster.slots === null ? String(cluster.running) : `${cluster.running} of ${cluster.slots}`,
        ],
        ["labels", describeLabels(cluster.labels) || "none"],
        ["taints", describeTaints(cluster.taints) || "none"],
        ["projects", cluster.projects?.join(", ") ?? "all"],
        ["kubernetes", safeLine(cluster.kubernetesVersion ?? "unknown", 40)],
        ["agent", safeLine(cluster.agentVersion ?? "none has joined", 40)],
        ["protocol", describeProtocol(cluster)],
        ["provisioner", describeProvisioner(cluster)],
        ["network policy", describeEnforcement(cluster.enforcesNetworkPolicy)],
        ["last seen", lastSeen(cluster)],
      ];
      for (const line of formatTable(rows)) output.print(line);
    });
}
