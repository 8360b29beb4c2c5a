import type { PullRequestLab } from "../../support/pull-request-lab.ts";

export type Places = { mostAtOnce: number; clusters: ReadonlyMap<string, string> };

/** How many environments held a place in a cluster at once, by their own events, and in which cluster each was. */
export async function readPlaces(lab: PullRequestLab, environmentIds: readonly string[]): Promise<Places> {
  const { project } = lab.stack;
  const clusters = new Map<string, string>();
  const changes: { at: number; by: 1 | -1 }[] = [];
  for (const id of environmentIds) {
    const { cluster } = await project.getEnvironment(id);
    if (cluster !== null) clusters.set(id, cluster);
    const { items } = await project.listEnvironmentEvents(id, { limit: 200 });
    for (const { type, at } of items) {
      if (type === "environment.placed") changes.push({ at: Date.parse(at), by: 1 });
      if (type === "environment.deleted" && cluster !== null) changes.push({ at: Date.parse(at), by: -1 });
    }
  }
  let held = 0;
  let mostAtOnce = 0;
  // Of one moment what goes comes first: its place was free when the next one took it.
  for (const { by } of changes.toSorted((one, other) => one.at - other.at || one.by - other.by)) {
    held += by;
    mostAtOnce = Math.max(mostAtOnce, held);
  }
  return { mostAtOnce, clusters };
}
