import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { whyNeverHere } from "@seatrial/hub/placement/what-is-against.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { shortRunId } from "./short-run-id.ts";

/** So many clusters are named in a line. */
const mostNamed = 5;

/**
 * For suites that no cluster takes just now: why, and what would change that. They wait; they are not refused. A run
 * that has just begun has no shards that the hub could explain yet, so this asks the hub's own judge about each suite.
 * What only the hub knows (room, quotas, where an environment is) is left to `seatrial runs explain`.
 */
export async function findUnplaceable(
  hub: HubClient,
  { id, project }: Run,
  suites: readonly SuiteSpec[],
): Promise<string[]> {
  const listed = await Array.fromAsync(readPages((page) => hub.listClusters(page)));
  const clusters = listed.filter(({ state }) => state !== "revoked");
  if (clusters.length === 0)
    return [`no cluster takes work of ${project}, so it waits: seatrial cluster join <name>`];
  const alike = Map.groupBy(suites, (suite) => whyItWaits(suite, clusters, project)?.join("\n") ?? null);
  alike.delete(null);
  const lines = [...alike].flatMap(([why, own]) => {
    const names = own.map(({ name }) => name).join(", ");
    return `${names} ${own.length === 1 ? "waits" : "wait"}: ${why}`.split("\n");
  });
  const more = `what each cluster says to it: seatrial runs explain ${shortRunId(id)}`;
  return lines.length === 0 ? [] : [...lines, more];
}

/** The reason, then a line for each next step; null: a cluster that is ready takes it. */
function whyItWaits(suite: SuiteSpec, clusters: readonly Cluster[], project: string): string[] | null {
  const opinions = clusters.map((cluster) => ({ cluster, never: whyNever(suite, cluster, project) }));
  const fitting = opinions.filter(({ never }) => never === "").map(({ cluster }) => cluster);
  if (fitting.some(({ state }) => state === "ready")) return null;
  if (fitting.length === 0)
    return [
      `no cluster fits: ${few(opinions.map(({ cluster, never }) => `${cluster.name} ${never}`))}`,
      "  change the suite's 'clusters', or a cluster: seatrial cluster label, seatrial cluster taint",
    ];
  const away = fitting.map(describeAway);
  return [few(away.map(({ why }) => why)), ...away.slice(0, mostNamed).map(({ step }) => `  ${step}`)];
}

/** Names stand for ids on both sides: the judge only compares them. */
function whyNever({ clusters: wishes }: SuiteSpec, cluster: Cluster, project: string): string {
  const wanted = { clusterLabels: wishes.labels, tolerations: wishes.tolerate };
  const reasons = whyNeverHere(
    { projectId: project, onlyClusterId: null, ...wanted },
    { ...cluster, projectIds: cluster.projects },
  );
  return safeLine(reasons.map(({ message }) => message).join(" and "), 200);
}

function describeAway({ name, state, cordon, lastSeenAt }: Cluster): { why: string; step: string } {
  const reason = cordon?.reason ? ` (${safeLine(cordon.reason, 100)})` : "";
  const takeBack = `take it into service again: seatrial cluster uncordon ${name}`;
  switch (state) {
    case "cordoned":
      return { why: `${name} is cordoned${reason}`, step: takeBack };
    case "draining":
      return { why: `${name} is being drained${reason}`, step: takeBack };
    case "pending":
      return { why: `${name} has no agent`, step: `install one: seatrial cluster join ${name} --install` };
    default: {
      const step = `look at the agent of ${name}: kubectl -n seatrial get pods`;
      return { why: `${name} is silent since ${lastSeenAt ?? "it joined"}`, step };
    }
  }
}

function few(parts: readonly string[]): string {
  const more = parts.length - mostNamed;
  return [...parts.slice(0, mostNamed), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
