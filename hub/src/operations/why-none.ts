import { type EnvironmentFacts, whyNeverTakes } from "../placement/explain-environment.ts";
import type { ClusterFacts } from "../placement/placement-facts.ts";

/** Why none of these clusters could ever take an environment, by what rules out the last of them; null: one could. */
export function whyNone(environment: EnvironmentFacts, clusters: readonly ClusterFacts[]): string | null {
  const answers = clusters
    .filter(({ isRevoked }) => !isRevoked)
    .map((cluster) => ({ name: cluster.name, against: whyNeverTakes(environment, cluster) }));
  const open = answers.filter(({ against }) => !against.some(({ code }) => code === "projects"));
  if (open.length === 0) return "no cluster is open to this project";
  const labelled = open.filter(({ against }) => !against.some(({ code }) => code === "labels"));
  const wanted = Object.entries(environment.clusterLabels).map((label) => label.join("="));
  if (labelled.length === 0) return `no cluster has the labels ${wanted.join(", ")}`;
  if (labelled.some(({ against }) => against.length === 0)) return null;
  const [tainted] = labelled;
  return `${tainted?.name} ${tainted?.against[0]?.message}`;
}
