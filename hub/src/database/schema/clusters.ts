import type { ClusterRoom } from "@seatrial/contracts/agent-protocol/claim.ts";
import type {
  ClusterTaint,
  MemberRole,
  NetworkPolicyEnforcement,
  SpoolUse,
} from "@seatrial/contracts/clusters/cluster.ts";
import { index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

export const clusters = pgTable("clusters", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  labels: jsonb("labels").$type<Record<string, string>>().notNull(),
  /** Ids of the projects whose work it may run; null: all. */
  projectIds: jsonb("project_ids").$type<string[] | null>(),
  kubernetesVersion: text("kubernetes_version"),
  /** What keeps work away that does not tolerate it. */
  taints: jsonb("taints").$type<ClusterTaint[]>().notNull().default([]),
  createdAt: moment("created_at").notNull(),
  /** When it last got other labels, taints or projects; null: never, or before this was noted. */
  changedAt: moment("changed_at"),
  revokedAt: moment("revoked_at"),
  /** Since then nothing new is placed there. */
  cordonedAt: moment("cordoned_at"),
  cordonReason: text("cordon_reason"),
  /** Since then it is emptied; what still runs at `drain_until` is given to other clusters. */
  drainingSince: moment("draining_since"),
  drainUntil: moment("drain_until"),
});

/** One-use tokens by SHA-256. Used by the key with this thumbprint, and by no other. */
export const joinTokens = pgTable(
  "join_tokens",
  {
    id: text("id").primaryKey(),
    secretSha256: text("secret_sha256").notNull(),
    clusterId: text("cluster_id")
      .notNull()
      .references(() => clusters.id),
    role: text("role").$type<MemberRole>().notNull(),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
    usedAt: moment("used_at"),
    usedThumbprint: text("used_thumbprint"),
  },
  (table) => [uniqueIndex("join_tokens_secret").on(table.secretSha256)],
);

/** A process that joined: an agent or a provisioner of a cluster, known by its key's thumbprint (RFC 7638). */
export const members = pgTable(
  "members",
  {
    id: text("id").primaryKey(),
    clusterId: text("cluster_id")
      .notNull()
      .references(() => clusters.id),
    role: text("role").$type<MemberRole>().notNull(),
    thumbprint: text("thumbprint").notNull(),
    publicJwk: jsonb("public_jwk").notNull(),
    version: text("version").notNull(),
    slots: integer("slots"),
    /** What its nodes have free, as its last claim or heartbeat said; null: it does not say. */
    allocatable: jsonb("allocatable").$type<ClusterRoom | null>(),
    /** What its last try of a forbidden connection came to. */
    networkPolicy: jsonb("network_policy").$type<NetworkPolicyEnforcement | null>(),
    /** Version of the agent protocol that its last request spoke. */
    protocol: integer("protocol").notNull().default(1),
    /** What its disk queue holds for the hub; null: it has not said. */
    spool: jsonb("spool").$type<SpoolUse | null>(),
    joinedAt: moment("joined_at").notNull(),
    lastSeenAt: moment("last_seen_at"),
    revokedAt: moment("revoked_at"),
  },
  (table) => [
    uniqueIndex("members_thumbprint").on(table.thumbprint),
    index("members_cluster").on(table.clusterId),
  ],
);

/** Proofs seen within the leeway, so that none is accepted twice by any replica. Old rows go with the tick. */
export const requestProofs = pgTable(
  "request_proofs",
  {
    id: text("id").primaryKey(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [index("request_proofs_expiry").on(table.expiresAt)],
);

/**
 * When this hub last did its work of time, one row in all (`id` is "hub"). The gap between two is the hub's own
 * absence: leases are extended by it, so that no cluster pays for the hub's outage.
 */
export const hubPulse = pgTable("hub_pulse", {
  id: text("id").primaryKey(),
  at: moment("at").notNull(),
  /** Since when it has done so without a gap: nobody is absent for longer than the hub has looked. */
  upSince: moment("up_since"),
  /** Since when more than half of the clusters are silent together; null: they are not. */
  manySilentSince: moment("many_silent_since"),
});
