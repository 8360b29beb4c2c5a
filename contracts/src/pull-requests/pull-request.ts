import { z } from "zod";
import { actorSchema } from "../actor.ts";
import { environmentStates } from "../environments/lifecycle.ts";
import { commitShaSchema } from "../repositories/repository.ts";
import { runStates } from "../runs/lifecycle.ts";
import { resultCountsSchema } from "../runs/run.ts";
import { commandKinds, commandSources, commandStates } from "./command.ts";

export const pullRequestStates = ["open", "closed", "merged"] as const;
export type PullRequestState = (typeof pullRequestStates)[number];

/**
 * How far a commit of a pull request is. `approval_needed`: it comes from another repository and nobody with write
 * access has approved it yet. `fetching`: its content and configuration are not there yet. `images`: images that
 * its environments name are awaited. `running`: its runs are asked for. The rest are ends: the aggregate verdict,
 * `superseded` (a later commit came first), `ignored` (no run of the configuration applies to it).
 */
export const commitStates = [
  "approval_needed",
  "fetching",
  "images",
  "running",
  "passed",
  "failed",
  "errored",
  "cancelled",
  "superseded",
  "ignored",
] as const;
export type CommitState = (typeof commitStates)[number];
export const openCommitStates = [
  "approval_needed",
  "fetching",
  "images",
  "running",
] as const satisfies readonly CommitState[];

/** A file that the pull request changes. Untrusted text. */
export const changedFileSchema = z.object({
  path: z.string().max(4_096),
  /** The first line that it adds or changes, from 1 on; null: removed, binary, or too long for the forge to show. */
  line: z.int().min(1).nullable(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

/** One run of the configuration for a commit. */
export const pullRequestRunSchema = z
  .object({
    /** Its key below `runs:`. */
    name: z.string(),
    /** Null: it is not asked for yet, and `reason` says what it waits for. */
    runId: z.string().nullable(),
    state: z.enum(runStates).nullable(),
    reason: z.string().nullable(),
    /** Null: it is not asked for yet; or in a listing, where only the newest commit's are counted. */
    counts: resultCountsSchema.nullable(),
  })
  .meta({ id: "PullRequestRun" });

export const pullRequestCommitSchema = z
  .object({
    sha: commitShaSchema,
    state: z.enum(commitStates),
    /** Why it is in this state, or what waits. */
    reason: z.string().nullable(),
    approvedBy: actorSchema.nullable(),
    /** Images of its environments and the digests they were pinned by. */
    images: z.record(z.string(), z.string()),
    runs: z.array(pullRequestRunSchema),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "PullRequestCommit" });
export type PullRequestCommit = z.infer<typeof pullRequestCommitSchema>;

export const pullRequestSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    repository: z.string(),
    number: z.int(),
    state: z.enum(pullRequestStates),
    draft: z.boolean(),
    /** Untrusted text, as are `author`, the branches and the labels. */
    title: z.string(),
    author: z.string(),
    labels: z.array(z.string()),
    baseBranch: z.string(),
    headBranch: z.string(),
    headSha: commitShaSchema,
    /** Its head is in another repository. */
    fork: z.boolean(),
    /** Newest first, at most 20. */
    commits: z.array(pullRequestCommitSchema),
    environments: z.array(
      z.object({
        name: z.string(),
        environmentId: z.string(),
        state: z.enum(environmentStates),
        reason: z.string().nullable(),
        /** From 1 on while it waits for the project's quota; null: it does not. */
        queuePosition: z.int().nullable(),
        urls: z.record(z.string(), z.string()),
        expiresAt: z.iso.datetime(),
      }),
    ),
    /** Newest first, at most 20. */
    commands: z.array(
      z.object({
        /** Null: the line addresses Seatrial and cannot be done; `reason` says why. */
        kind: z.enum(commandKinds).nullable(),
        argument: z.string().nullable(),
        by: z.string(),
        source: z.enum(commandSources),
        state: z.enum(commandStates),
        reason: z.string().nullable(),
        createdAt: z.iso.datetime(),
      }),
    ),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    closedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "PullRequest" });
export type PullRequest = z.infer<typeof pullRequestSchema>;

/** `POST …/pull-requests/{pullRequest}/approve`: this commit, and no other, may be applied and run. */
export const approveSchema = z.object({ sha: commitShaSchema }).strict().meta({ id: "ApproveCommit" });
