import { LabError } from "../base/lab-error.ts";
import { runCommand, tryCommand } from "../base/run-command.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { bridgeAddress, bridgeHardwareAddress, bridgeName, type ClusterPlan } from "../state/cluster-plan.ts";

/**
 * Makes the bridge that the clusters and the host share. The host forwards nothing and no rule of its firewall is
 * touched: pods reach the host through their node's address, and clusters reach each other on the bridge.
 * Throws `address_taken` when another link of the machine has the bridge's address.
 */
export async function ensureBridge(): Promise<void> {
  const addresses = await runCommand("ip", ["-oneline", "-4", "address", "show"]);
  const owner = addresses.split("\n").find((line) => line.includes(` ${bridgeAddress}/`));
  const ownerName = owner?.split(/\s+/)[1];
  if (ownerName !== undefined && ownerName !== bridgeName) {
    throw new LabError(
      "address_taken",
      `${bridgeAddress} belongs to ${ownerName} on this machine, and the lab needs it. Take that link down first.`,
    );
  }
  if (!(await linkExists(bridgeName))) {
    await runCommand("ip", ["link", "add", bridgeName, "address", bridgeHardwareAddress, "type", "bridge"]);
  }
  if (ownerName === undefined) {
    await runCommand("ip", ["address", "add", `${bridgeAddress}/24`, "dev", bridgeName]);
  }
  await runCommand("ip", ["link", "set", bridgeName, "up"]);
}

/** Joins a cluster's network name space to the bridge. */
export async function connectCluster(plan: ClusterPlan, holder: ProcessIdentity): Promise<void> {
  if (await linkExists(plan.link)) await deleteLink(plan.link);
  const peer = ["peer", "name", "eth0", "netns", String(holder.pid)];
  await runCommand("ip", ["link", "add", plan.link, "type", "veth", ...peer]);
  await runCommand("ip", ["link", "set", plan.link, "master", bridgeName, "up"]);
  const batch = [
    "link set lo up",
    `link set eth0 address ${plan.hardwareAddress}`,
    `address add ${plan.address}/24 dev eth0`,
    "link set eth0 up",
    `route add default via ${bridgeAddress}`,
  ];
  await runCommand("nsenter", [`--net=/proc/${holder.pid}/ns/net`, "ip", "-batch", "-"], {
    input: `${batch.join("\n")}\n`,
  });
}

export async function linkExists(link: string): Promise<boolean> {
  return (await tryCommand("ip", ["link", "show", link])).exitCode === 0;
}

export async function deleteLink(link: string): Promise<void> {
  const result = await tryCommand("ip", ["link", "delete", link]);
  if (result.exitCode !== 0 && (await linkExists(link))) {
    throw new LabError("command_failed", `The link ${link} cannot be deleted: ${result.stderr.trim()}`);
  }
}
