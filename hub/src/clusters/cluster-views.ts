import type { Cluster, MemberRole } from "@seatrial/contracts/clusters/cluster.ts";
import { and, count, eq, inArray } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller } from "../auth/caller.ts";
import { type clusters, hubPulse, members } from "../database/schema/clusters.ts";
import { projects } from "../database/schema/projects.ts";
import { workItems } from "../database/schema/work.ts";
import { decidedState } from "./cluster-stand.ts";
import { type EnvironmentLeft, environmentsLeft } from "./left-in-cluster.ts";

type ClusterRow = typeof clusters.$inferSelect;
type MemberRow = typeof members.$inferSelect;

/** Clusters as the API shows them. Other projects' names are shown to `admin` alone. */
export async function clusterViews(
  deps: HubDeps,
  caller: Caller,
  rows: readonly ClusterRow[],
): Promise<Cluster[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const [memberRows, running, names, left, keptSince] = await Promise.all([
    deps.database.select().from(members).where(inArray(members.clusterId, ids)),
    countRunning(deps, ids),
    projectNames(deps, caller),
    leftInDraining(deps, rows),
    manySilentSince(deps),
  ]);
  const silentBefore = deps.clock.now().getTime() - deps.settings.leaseTimes.leaseSeconds * 1_000;
  return rows.map((row) => {
    const own = memberRows.filter((member) => member.clusterId === row.id && member.revokedAt === null);
    const environments = left.get(row.id) ?? [];
    const shards = running.get(row.id) ?? 0;
    return clusterView(row, own, { running: shards, names, silentBefore, environments, keptSince });
  });
}

type Facts = {
  running: number;
  names: Map<string, string>;
  silentBefore: number;
  environments: readonly EnvironmentLeft[];
  keptSince: Date | null;
};

function clusterView(row: ClusterRow, active: readonly MemberRow[], facts: Facts): Cluster {
  const latest = latestOf("agent", active);
  const provisioner = latestOf("provisioner", active);
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row, latest, facts.silentBefore),
    labels: row.labels,
    taints: row.taints,
    projects: row.projectIds?.flatMap((id) => facts.names.get(id) ?? []) ?? null,
    kubernetesVersion: row.kubernetesVersion,
    agentVersion: latest?.version ?? null,
    slots: latest?.slots ?? null,
    running: facts.running,
    lastSeenAt: latest?.lastSeenAt?.toISOString() ?? null,
    cordon:
      row.cordonedAt === null ? null : { since: row.cordonedAt.toISOString(), reason: row.cordonReason },
    drain: drainView(row, facts),
    protocol: latest?.protocol ?? null,
    spool: latest?.spool ?? null,
    leasesKeptSince:
      latest !== undefined && seen(latest) < facts.silentBefore
        ? (facts.keptSince?.toISOString() ?? null)
        : null,
    enforcesNetworkPolicy: latest?.networkPolicy ?? null,
    provisioner:
      provisioner === undefined
        ? null
        : {
            version: provisioner.version,
            slots: provisioner.slots,
            lastSeenAt: provisioner.lastSeenAt?.toISOString() ?? null,
            isSilent: seen(provisioner) < facts.silentBefore,
          },
    createdAt: row.createdAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}

function stateOf(row: ClusterRow, latest: MemberRow | undefined, silentBefore: number): Cluster["state"] {
  if (row.revokedAt !== null) return "revoked";
  const decided = decidedState(row);
  if (decided !== "ready") return decided;
  if (latest === undefined) return "pending";
  return seen(latest) < silentBefore ? "silent" : "ready";
}

/** The longest list of environments in one answer. */
const environmentsShown = 100;

function drainView(row: ClusterRow, { running, names, environments }: Facts): Cluster["drain"] {
  if (row.drainingSince === null || row.drainUntil === null) return null;
  const shown = environments.flatMap(({ projectId, ...one }) => {
    const project = names.get(projectId);
    return project === undefined ? [] : [{ ...one, project }];
  });
  return {
    since: row.drainingSince.toISOString(),
    until: row.drainUntil.toISOString(),
    left: {
      shards: running,
      environmentCount: environments.length,
      environments: shown.slice(0, environmentsShown),
    },
  };
}

async function leftInDraining(
  deps: HubDeps,
  rows: readonly ClusterRow[],
): Promise<Map<string, EnvironmentLeft[]>> {
  const left = new Map<string, EnvironmentLeft[]>();
  for (const { id } of rows.filter(({ drainingSince }) => drainingSince !== null))
    left.set(id, await environmentsLeft(deps.database, id));
  return left;
}

async function manySilentSince(deps: HubDeps): Promise<Date | null> {
  const [pulse] = await deps.database.select({ since: hubPulse.manySilentSince }).from(hubPulse);
  return pulse?.since ?? null;
}

function latestOf(role: MemberRole, active: readonly MemberRow[]): MemberRow | undefined {
  return active
    .filter((member) => member.role === role)
    .toSorted((left, right) => seen(right) - seen(left))[0];
}

function seen(member: MemberRow): number {
  return (member.lastSeenAt ?? member.joinedAt).getTime();
}

async function countRunning(deps: HubDeps, ids: string[]): Promise<Map<string | null, number>> {
  const rows = await deps.database
    .select({ clusterId: workItems.clusterId, running: count() })
    .from(workItems)
    .where(and(eq(workItems.state, "leased"), inArray(workItems.clusterId, ids)))
    .groupBy(workItems.clusterId);
  return new Map(rows.map((row) => [row.clusterId, row.running]));
}

async function projectNames(deps: HubDeps, caller: Caller): Promise<Map<string, string>> {
  const own = caller.scopes.includes("admin") ? undefined : eq(projects.id, caller.projectId ?? "");
  const rows = await deps.database.select().from(projects).where(own);
  return new Map(rows.map((row) => [row.id, row.name]));
}
