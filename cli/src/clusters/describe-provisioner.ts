import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** Whether a cluster makes environments, in words. */
export function describeProvisioner({ provisioner }: Cluster): string {
  if (provisioner === null) return "none: it makes no environments";
  const version = safeLine(provisioner.version, 40);
  if (provisioner.isSilent)
    return `${version}, SILENT: nothing heard since ${provisioner.lastSeenAt ?? "it joined"}`;
  return provisioner.slots === null ? version : `${version}, ${provisioner.slots} operations at a time`;
}
