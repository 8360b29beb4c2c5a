import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileWhole } from "../base/write-file.ts";

export const drivers = ["native", "kind", "context"] as const;
export type Driver = (typeof drivers)[number];

export type ClusterState = {
  readonly name: string;
  /** `starting` is what a killed `up` leaves: such a cluster is taken down and brought up anew. */
  readonly phase: "starting" | "ready";
  readonly kubeconfig: string;
  readonly context: string;
};
export type LabState = { readonly driver: Driver; readonly clusters: readonly ClusterState[] };

/** What the lab remembers between commands; undefined when no lab is up. Half a file counts as none. */
export async function readLabState(rootFolder: string): Promise<LabState | undefined> {
  try {
    return JSON.parse(await readFile(join(rootFolder, "lab.json"), "utf8")) as LabState;
  } catch {
    return undefined;
  }
}

export async function writeLabState(rootFolder: string, state: LabState): Promise<void> {
  await writeFileWhole(join(rootFolder, "lab.json"), `${JSON.stringify(state, undefined, 2)}\n`);
}

/** Adds a cluster to the state, or replaces the one of the same name. Callers serialise their calls. */
export function withCluster(state: LabState, cluster: ClusterState): LabState {
  const others = state.clusters.filter(({ name }) => name !== cluster.name);
  return { ...state, clusters: [...others, cluster] };
}
