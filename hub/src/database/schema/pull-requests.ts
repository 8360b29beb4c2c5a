import type { Actor } from "@seatrial/contracts/actor.ts";
import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { CommandKind, CommandSource, CommandState } from "@seatrial/contracts/pull-requests/command.ts";
import type {
  ChangedFile,
  CommitState,
  PullRequestState,
} from "@seatrial/contracts/pull-requests/pull-request.ts";
import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";
import { projects } from "./projects.ts";

const forgeId = (name: string) => bigint(name, { mode: "number" });

/** A repository of a forge whose pull requests belong to a project. To one project only: its name is unique. */
export const repositories = pgTable(
  "repositories",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    forge: text("forge").$type<"github">().notNull(),
    /** `owner/name`, as it was written. */
    name: text("name").notNull(),
    /** The forge's own number of it, from its first event on: a name may become another repository's. */
    forgeId: forgeId("forge_id"),
    installationId: forgeId("installation_id"),
    createdBy: jsonb("created_by").$type<Actor>().notNull(),
    createdAt: moment("created_at").notNull(),
    /** When it was last compared with the forge, and from when on comments are asked for. */
    sweptAt: moment("swept_at"),
    /** When the tick last had its workflow look because a sweep was overdue: paces the repeats. */
    announcedAt: moment("announced_at"),
    problem: text("problem"),
    disconnectedAt: moment("disconnected_at"),
  },
  (table) => [
    uniqueIndex("repositories_name").on(table.forge, sql`lower(name)`).where(sql`disconnected_at is null`),
    index("repositories_project").on(table.projectId),
  ],
);

/** Webhooks that were accepted, by the forge's id: a repeat does nothing. Forgotten after 30 days. */
export const deliveries = pgTable(
  "forge_deliveries",
  {
    id: text("id").primaryKey(),
    event: text("event").notNull(),
    repositoryId: text("repository_id"),
    receivedAt: moment("received_at").notNull(),
  },
  (table) => [index("forge_deliveries_received").on(table.receivedAt)],
);

/** A pull request as the forge last told it. Its texts are untrusted. */
export const pullRequests = pgTable(
  "pull_requests",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id").notNull(),
    repositoryId: text("repository_id")
      .notNull()
      .references(() => repositories.id),
    number: integer("number").notNull(),
    state: text("state").$type<PullRequestState>().notNull(),
    draft: boolean("draft").notNull(),
    title: text("title").notNull(),
    author: text("author").notNull(),
    labels: jsonb("labels").$type<string[]>().notNull(),
    baseBranch: text("base_branch").notNull(),
    baseSha: text("base_sha").notNull(),
    /**
     * The forge's time of the telling by which the hub learned of this base branch. Null: it was opened for it, or told
     * before this was kept.
     */
    baseSince: moment("base_since"),
    headBranch: text("head_branch").notNull(),
    headSha: text("head_sha").notNull(),
    headRepository: text("head_repository"),
    fork: boolean("fork").notNull(),
    /** The forge's own time of what is written here: an older telling changes nothing. */
    forgeUpdatedAt: moment("forge_updated_at").notNull(),
    /** False after the command `down`, until `up` or the next commit. */
    wanted: boolean("wanted").notNull().default(true),
    /** Raised whenever something changed that `advance` may have to act upon. */
    generation: integer("generation").notNull().default(1),
    /** The generation that the last `advance` saw: below `generation`, it is due. */
    advancedGeneration: integer("advanced_generation").notNull().default(0),
    commentId: forgeId("comment_id"),
    commentDigest: text("comment_digest"),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
    closedAt: moment("closed_at"),
  },
  (table) => [
    uniqueIndex("pull_requests_number").on(table.repositoryId, table.number),
    index("pull_requests_project").on(table.projectId, table.createdAt, table.id),
    index("pull_requests_head").on(table.repositoryId, table.headSha),
  ],
);

/** A head commit of a pull request; `createdAt` is when it became the head, the last time. */
export const pullRequestCommits = pgTable(
  "pull_request_commits",
  {
    pullRequestId: text("pull_request_id")
      .notNull()
      .references(() => pullRequests.id),
    projectId: text("project_id").notNull(),
    sha: text("sha").notNull(),
    /** In the order in which they became the head, from 1 on. */
    number: integer("number").notNull(),
    state: text("state").$type<CommitState>().notNull(),
    reason: text("reason"),
    /** The base's commit when this one became the head: a fork's configuration is read from it. */
    baseSha: text("base_sha").notNull(),
    approvedBy: jsonb("approved_by").$type<Actor | null>(),
    approvedAt: moment("approved_at"),
    contentId: text("content_id"),
    contentSha256: text("content_sha256"),
    /** Null: there is none, or it is wrong (`reason` of an errored commit says how). */
    configuration: jsonb("configuration").$type<ResolvedConfiguration | null>(),
    /** What is wrong in its seatrial.yaml: for annotations. */
    problems: jsonb("problems").$type<{ line: number; message: string }[]>().notNull().default([]),
    changedFiles: jsonb("changed_files").$type<ChangedFile[]>().notNull().default([]),
    /** References of its environments' images, and their digests once a registry has them. */
    images: jsonb("images").$type<Record<string, string | null>>().notNull().default({}),
    imagesSince: moment("images_since"),
    /** When registries were last asked for them: paces the repeats. */
    imagesLookedAt: moment("images_looked_at"),
    checkRunId: forgeId("check_run_id"),
    checkDigest: text("check_digest"),
    createdAt: moment("created_at").notNull(),
    endedAt: moment("ended_at"),
  },
  (table) => [uniqueIndex("pull_request_commits_sha").on(table.pullRequestId, table.sha)],
);

/** A run of the configuration for a commit; `attempt` counts its reruns from 1 on, the highest one counts. */
export const pullRequestRuns = pgTable(
  "pull_request_runs",
  {
    pullRequestId: text("pull_request_id")
      .notNull()
      .references(() => pullRequests.id),
    projectId: text("project_id").notNull(),
    sha: text("sha").notNull(),
    name: text("name").notNull(),
    attempt: integer("attempt").notNull(),
    runId: text("run_id"),
    /** Why it could not be asked for; null: it could, or it waits. */
    reason: text("reason"),
    /** Of the attempt before it only what was not green. */
    onlyFailed: boolean("only_failed").notNull().default(false),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("pull_request_runs_attempt").on(table.pullRequestId, table.sha, table.name, table.attempt),
    index("pull_request_runs_run").on(table.runId),
  ],
);

/** The environment of a pull request under each name of the configuration; a new one when the old one is gone. */
export const pullRequestEnvironments = pgTable(
  "pull_request_environments",
  {
    pullRequestId: text("pull_request_id")
      .notNull()
      .references(() => pullRequests.id),
    projectId: text("project_id").notNull(),
    name: text("name").notNull(),
    environmentId: text("environment_id").notNull(),
    /** The commit whose template it was last given. */
    sha: text("sha").notNull(),
    deploymentId: forgeId("deployment_id"),
    /** The commit that the deployment is of. */
    deploymentSha: text("deployment_sha"),
    deploymentDigest: text("deployment_digest"),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("pull_request_environments_environment").on(table.environmentId),
    index("pull_request_environments_name").on(table.pullRequestId, table.name),
  ],
);

/** What people asked for. `forge_id` is the comment's: the same comment is one command, however often it is told. */
export const pullRequestCommands = pgTable(
  "pull_request_commands",
  {
    id: text("id").primaryKey(),
    pullRequestId: text("pull_request_id")
      .notNull()
      .references(() => pullRequests.id),
    projectId: text("project_id").notNull(),
    /** Null: the line addresses Seatrial and cannot be done, and `reason` says why. */
    kind: text("kind").$type<CommandKind | null>(),
    argument: text("argument"),
    /** The head commit that the hub knew when it came. */
    sha: text("sha").notNull(),
    /** The base branch that its author had in view; null: it is not known. */
    baseBranch: text("base_branch"),
    login: text("login").notNull(),
    source: text("source").$type<CommandSource>().notNull(),
    forgeId: forgeId("forge_id"),
    state: text("state").$type<CommandState>().notNull(),
    reason: text("reason"),
    createdAt: moment("created_at").notNull(),
    decidedAt: moment("decided_at"),
  },
  (table) => [
    uniqueIndex("pull_request_commands_forge").on(table.pullRequestId, table.source, table.forgeId),
    index("pull_request_commands_pending").on(table.pullRequestId).where(sql`state = 'pending'`),
  ],
);
