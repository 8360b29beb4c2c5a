import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { describeEnforcement } from "../clusters/describe-enforcement.ts";
import { describeProvisioner } from "../clusters/describe-provisioner.ts";
import { findOwnProject } from "../open-cli.ts";
import { describeQuotas } from "../projects/describe-quotas.ts";
import { bad, type Finding, good } from "./check.ts";

/** Whether the project that commands would use can be seen. */
export async function checkProject(hub: HubClient, chosen: string | null): Promise<Finding> {
  try {
    const name = chosen ?? (await findOwnProject(hub));
    const project = await hub.project(name).get();
    return good("project", `${project.name}, ${describeQuotas(project)}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return bad("project", message, "choose one: --project, SEATRIAL_PROJECT, or seatrial login --project");
  }
}

/** Whether there is a cluster that can run something, and which ones cannot. */
export async function checkClusters(hub: HubClient): Promise<Finding[]> {
  const clusters = await Array.fromAsync(readPages((page) => hub.listClusters(page)));
  const live = clusters.filter((cluster) => cluster.state !== "revoked");
  if (live.length === 0) return [bad("clusters", "none", "let one join: seatrial cluster join <name>")];
  return live.flatMap((cluster) => [
    checkCluster(cluster),
    ...checkEnforcement(cluster),
    ...checkProvisioner(cluster),
  ]);
}

/** A cluster need not make environments; a provisioner that joined and fell silent is wrong. */
function checkProvisioner(cluster: Cluster): Finding[] {
  const name = `provisioner of ${cluster.name}`;
  if (cluster.state !== "ready") return [];
  const found = describeProvisioner(cluster);
  if (!cluster.provisioner?.isSilent) return [good(name, found)];
  return [bad(name, found, "look at it: kubectl -n seatrial logs deployment/seatrial-provisioner")];
}

/** A cluster that ignores network policies lets one project's tests reach another's, so it counts as wrong. */
function checkEnforcement(cluster: Cluster): Finding[] {
  const name = `network policy of ${cluster.name}`;
  const { enforcesNetworkPolicy: enforcement, state } = cluster;
  if (state !== "ready" || enforcement === null) return [];
  const found = describeEnforcement(enforcement);
  if (enforcement.answer !== "no") return [good(name, found)];
  return [bad(name, found, "install a network plugin that enforces NetworkPolicy (Calico, Cilium, …)")];
}

function checkCluster(cluster: Cluster): Finding {
  const name = `cluster ${cluster.name}`;
  switch (cluster.state) {
    case "ready":
      return good(name, `ready, ${cluster.running} of ${cluster.slots ?? "?"} slots in use`);
    case "cordoned":
    case "draining":
      return bad(
        name,
        `${cluster.state}: nothing new is placed there`,
        `seatrial cluster uncordon ${cluster.name}`,
      );
    case "pending":
      return bad(name, "no agent has joined yet", `install it: seatrial cluster join ${cluster.name}`);
    case "silent": {
      const fix = "look at its agent: kubectl -n seatrial get pods";
      return bad(name, `nothing heard since ${cluster.lastSeenAt}`, fix);
    }
    case "revoked":
      return bad(name, "revoked", "let it join again");
  }
}
