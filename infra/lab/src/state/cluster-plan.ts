import { LabError } from "../base/lab-error.ts";

/** The lab's clusters, in the order in which `--clusters N` takes them. */
export const clusterNames = ["east", "west", "north", "south"] as const;
export type ClusterName = (typeof clusterNames)[number];

export const bridgeName = "st0";
export const bridgeAddress = "10.88.0.1";
/**
 * Fixed, as the clusters' are: a bridge takes the lowest address of its links otherwise, and whenever a cluster came
 * or went, the others would send to the old one for up to a minute.
 */
export const bridgeHardwareAddress = "02:53:54:00:00:01";
export const registryAddress = `${bridgeAddress}:5000`;

export type ClusterPlan = {
  readonly name: string;
  /** The node's address on the bridge; the API server, DNS and NodePorts answer there. */
  readonly address: string;
  readonly hardwareAddress: string;
  readonly serviceRange: string;
  readonly firstServiceAddress: string;
  readonly podRange: string;
  /** The host's end of the cluster's link. */
  readonly link: string;
  readonly cgroup: string;
};

/** Addresses and names of a cluster: fixed by its name, so that nothing has to be remembered between runs. */
export function planCluster(name: string): ClusterPlan {
  const index = clusterNames.indexOf(name as ClusterName) + 1;
  if (index === 0) {
    throw new LabError(
      "cluster_unknown",
      `There is no cluster "${name}"; the lab has ${clusterNames.join(", ")}.`,
    );
  }
  return {
    name,
    address: `10.88.0.${10 + index}`,
    hardwareAddress: `02:53:54:00:00:${10 + index}`,
    serviceRange: `10.${100 + index}.0.0/16`,
    firstServiceAddress: `10.${100 + index}.0.1`,
    podRange: `10.${200 + index}.0.0/24`,
    link: `st-${name}`,
    cgroup: `st-${name}`,
  };
}
