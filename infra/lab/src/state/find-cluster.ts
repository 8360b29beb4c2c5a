import { LabError } from "../base/lab-error.ts";
import { type ClusterState, type Driver, readLabState } from "./lab-state.ts";

/** A cluster of the lab that is up. Throws `lab_not_up` or `cluster_unknown`, naming those there are. */
export async function findCluster(
  rootFolder: string,
  name: string,
): Promise<{ readonly driver: Driver; readonly cluster: ClusterState }> {
  const state = await readLabState(rootFolder);
  if (!state) throw new LabError("lab_not_up", "No lab is up. Bring one up with `seatrial lab up`.");
  const cluster = state.clusters.find((candidate) => candidate.name === name);
  if (cluster) return { driver: state.driver, cluster };
  const names = state.clusters.map((candidate) => candidate.name).join(", ") || "none";
  throw new LabError("cluster_unknown", `The lab has no cluster "${name}". It has: ${names}.`);
}
