import type { TokenScope } from "@seatrial/contracts/scopes.ts";
import { index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** A tenant. Every table below that belongs to one carries `project_id`, and every query names it. */
export const projects = pgTable("projects", {
  id: text("id").primaryKey(),
  name: text("name").notNull().unique(),
  runningQuota: integer("running_quota").notNull(),
  /** Environments that are in a cluster or on their way at once; more wait in line. */
  environmentQuota: integer("environment_quota").notNull().default(50),
  createdAt: moment("created_at").notNull(),
});

/** API tokens by SHA-256; `project_id` is null for `admin` and `worker` tokens. */
export const tokens = pgTable(
  "tokens",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id").references(() => projects.id),
    name: text("name").notNull(),
    secretSha256: text("secret_sha256").notNull(),
    scopes: jsonb("scopes").$type<TokenScope[]>().notNull(),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
    revokedAt: moment("revoked_at"),
    lastUsedAt: moment("last_used_at"),
  },
  (table) => [
    uniqueIndex("tokens_secret").on(table.secretSha256),
    index("tokens_project").on(table.projectId),
  ],
);

/** What a suite's definition was the last time a run used it. */
export const suites = pgTable(
  "suites",
  {
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    name: text("name").notNull(),
    spec: jsonb("spec").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (table) => [uniqueIndex("suites_name").on(table.projectId, table.name)],
);

/** Uploaded archives, one per project and digest; the bytes are the blob `contents/<project>/<sha256>`. */
export const contents = pgTable(
  "contents",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    sha256: text("sha256").notNull(),
    bytes: integer("bytes").notNull(),
    blobKey: text("blob_key").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [uniqueIndex("contents_digest").on(table.projectId, table.sha256)],
);

/** Who did what; never changed, never deleted. `project_id` is null for acts of the platform team. */
export const auditEntries = pgTable(
  "audit_entries",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id"),
    at: moment("at").notNull(),
    actor: jsonb("actor").$type<{ kind: string; id: string; name: string }>().notNull(),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index("audit_project_at").on(table.projectId, table.at, table.id)],
);
