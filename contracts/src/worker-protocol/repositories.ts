import { z } from "zod";
import { pullRequestStates } from "../pull-requests/pull-request.ts";
import { commitShaSchema } from "../repositories/repository.ts";
import { repositoryPlaceSchema } from "./pull-requests.ts";

const forgeId = z.int().min(1);

/** A pull request as the forge tells it, in a webhook or when asked. All texts are untrusted and cut to size. */
export const forgePullRequestSchema = z.object({
  number: forgeId,
  state: z.enum(pullRequestStates),
  draft: z.boolean(),
  title: z.string().max(500),
  author: z.string().max(100),
  labels: z.array(z.string().max(100)).max(100),
  baseBranch: z.string().max(250),
  baseSha: commitShaSchema,
  headBranch: z.string().max(250),
  headSha: commitShaSchema,
  /** `owner/name` of the head; null: that repository is gone. */
  headRepository: z.string().max(140).nullable(),
  /** The forge's own number of it. */
  headRepositoryId: forgeId.nullish(),
  /** `owner/name` of the base as the forge calls it now: not what the hub calls it after a move. */
  baseRepository: z.string().max(140).nullish(),
  baseRepositoryId: forgeId.nullish(),
  /** The forge's own time of the last change: an older telling changes nothing. */
  updatedAt: z.iso.datetime(),
});
export type ForgePullRequest = z.infer<typeof forgePullRequestSchema>;

export const forgeCommentSchema = z.object({
  commentId: forgeId,
  number: forgeId,
  login: z.string().max(100),
  /** The line that starts with `/seatrial`, or the whole comment cut to size. */
  body: z.string().max(2_000),
  createdAt: z.iso.datetime(),
});
export type ForgeComment = z.infer<typeof forgeCommentSchema>;

/** `GET /worker/v1/repositories/{repository}`: what the workflow of its sweeps decides by. */
export const repositoryFactsSchema = z.object({
  id: z.string(),
  /** False when it is not connected any more: the workflow ends. */
  isConnected: z.boolean(),
  sweepInSeconds: z.number().min(0),
});
export type RepositoryFacts = z.infer<typeof repositoryFactsSchema>;

/** `GET …/repositories/{repository}/sweep`: what to ask the forge for. */
export const sweepDutySchema = z.object({
  repository: repositoryPlaceSchema,
  /** Open as far as the hub knows: asked for one by one where the forge's list of open ones lacks them. */
  open: z.array(forgeId),
  /** Comments from here on; null: it is the first sweep, and old comments are not commands. */
  commentsSince: z.iso.datetime().nullable(),
});
export type SweepDuty = z.infer<typeof sweepDutySchema>;

/** `POST …/repositories/{repository}/seen`: what the forge answered. Handled as events that arrive now; a repeat changes nothing. */
export const seenSchema = z
  .object({
    /** By the worker's clock, for people who compare logs; the hub counts by its own. */
    askedAt: z.iso.datetime(),
    /** The forge's own number of the repository that answered; without it, its name is believed. */
    forgeId: forgeId.nullish(),
    installationId: forgeId.nullable(),
    pullRequests: z.array(forgePullRequestSchema).max(1_000),
    comments: z.array(forgeCommentSchema).max(1_000),
    /** Why the forge could not be asked; the rest is empty then. */
    problem: z.string().max(500).nullable(),
  })
  .strict();
export type Seen = z.infer<typeof seenSchema>;
