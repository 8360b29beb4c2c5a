import { z } from "zod";
import { limits } from "../limits.ts";
import { changedFileSchema } from "../pull-requests/pull-request.ts";
import { commitShaSchema, repositoryNameSchema } from "../repositories/repository.ts";

const forgeId = z.int().min(1);

/**
 * `GET /worker/v1/pull-requests/{pullRequest}`: what its workflow decides by. Kept in the workflow's history: keys and
 * times, no text of the project. Each due step is independent of the others: one that fails does not hold them up.
 */
export const pullRequestFactsSchema = z.object({
  id: z.string(),
  /** Closed or merged, all it brought is gone, and the forge has been told. */
  isOver: z.boolean(),
  /** Commands whose author's rights are not known yet. */
  commands: z.array(z.string()),
  /** Commits whose content, configuration and changed files are wanted. */
  fetch: z.array(commitShaSchema),
  /** Commits that wait for images. */
  images: z.array(commitShaSchema),
  /** True when `advance` has something to do. */
  advanceDue: z.boolean(),
  /** True when the forge has not been told what stands now. */
  reportDue: z.boolean(),
  /** When to look again although nothing happens, such as for an image; null: the usual wait. */
  lookInSeconds: z.number().min(0).nullable(),
});
export type PullRequestFacts = z.infer<typeof pullRequestFactsSchema>;

/** `POST …/pull-requests/{pullRequest}/advance`: supersede, start, update, cancel and take down as the facts ask. Idempotent. */
export const advanceAnswerSchema = z.object({ changed: z.boolean() });

/** Where the worker asks the forge. Answered by several routes, never kept in a history. */
export const repositoryPlaceSchema = z.object({
  repositoryId: z.string(),
  name: repositoryNameSchema,
  installationId: forgeId.nullable(),
  /** The forge's own number of it: whatever else has the name is another. Null: not known yet. */
  forgeId: forgeId.nullish(),
});
export type RepositoryPlace = z.infer<typeof repositoryPlaceSchema>;

/** `GET …/pull-requests/{pullRequest}/commands/{command}`. */
export const commandDutySchema = z.object({
  repository: repositoryPlaceSchema,
  number: forgeId,
  login: z.string(),
  /** The comment to answer by a reaction; null: it was not a comment. */
  commentId: forgeId.nullable(),
  /** Why it is refused whoever asked; null: it depends on the author. Always null by now: only hubs of before say one. */
  problem: z.string().nullable(),
});
export type CommandDuty = z.infer<typeof commandDutySchema>;

/** `POST …/commands/{command}/judge`: what the forge says of its author. The hub then does or refuses it, once. */
export const judgeCommandSchema = z
  .object({ permission: z.enum(["none", "read", "triage", "write", "maintain", "admin"]) })
  .strict();
export const judgeAnswerSchema = z.object({ state: z.enum(["done", "refused"]) });

/** `GET …/pull-requests/{pullRequest}/commits/{sha}/source`: what to fetch. */
export const sourceDutySchema = z.object({
  repository: repositoryPlaceSchema,
  number: forgeId,
  sha: commitShaSchema,
  /** The commit whose `seatrial.yaml` counts: the base's for a fork, else the commit itself. */
  configurationSha: commitShaSchema,
  /** The base branch that the changed files are compared with: said again with the answer, which counts for this one. */
  baseBranch: z.string().max(250).optional(),
});
export type SourceDuty = z.infer<typeof sourceDutySchema>;

/** Of the answer. Without it, it is believed to be for the base branch of now. */
export const commitSourceQuerySchema = z.object({ baseBranch: z.string().max(250).optional() });

/**
 * `PUT …/commits/{sha}/content/{sha256}`: the forge's tarball as a content, the top folder taken off; checked and
 * stored as the user's own upload. `POST …/commits/{sha}/source` then says the rest. The hub reads the configuration and
 * chooses the runs; the same again changes nothing.
 */
export const commitSourceSchema = z
  .object({
    /** Null: it could not be fetched, and `problem` says why it never can. */
    contentSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    /** The text of `seatrial.yaml`; null: there is none. */
    configuration: z.string().max(limits.configurationBytes).nullable(),
    /** At most 3000, as many as the forge tells. */
    changedFiles: z.array(changedFileSchema).max(3_000),
    /** Why nothing of this commit can be tested, such as a tarball above the limit. */
    problem: z.string().max(2_000).nullable(),
  })
  .strict();
export type CommitSource = z.infer<typeof commitSourceSchema>;

/** `GET …/commits/{sha}/images`: references that must exist before anything of the commit is applied. */
export const imagesDutySchema = z.object({ images: z.array(z.string().max(500)).max(100) });
/**
 * `POST …/commits/{sha}/images`: what registries answered. `digest` null: not there (yet). `problem`: it could not be
 * asked (no rights, no answer). The hub pins what is there and gives up after its patience, by name.
 */
export const imagesAnswerSchema = z
  .object({
    images: z
      .array(
        z.object({
          image: z.string().max(500),
          digest: z
            .string()
            .regex(/^sha256:[0-9a-f]{64}$/)
            .nullable(),
          problem: z.string().max(500).nullable(),
        }),
      )
      .max(100),
  })
  .strict();
export type ImagesAnswer = z.infer<typeof imagesAnswerSchema>;

export const checkConclusions = [
  "success",
  "failure",
  "neutral",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
] as const;
export const annotationLevels = ["notice", "warning", "failure"] as const;

export const annotationSchema = z.object({
  path: z.string().min(1).max(4_096),
  startLine: z.int().min(1),
  endLine: z.int().min(1),
  level: z.enum(annotationLevels),
  title: z.string().max(255),
  message: z.string().min(1).max(60_000),
});
export type Annotation = z.infer<typeof annotationSchema>;

/** The aggregate check of one commit as it shall stand. Markdown made safe: nothing in it mentions people or breaks out of its place. */
export const checkReportSchema = z.object({
  sha: commitShaSchema,
  /** Of the forge, once it is made; null: look for one with `externalId` first, then make it. */
  checkRunId: forgeId.nullable(),
  /** The same for the same commit of the same pull request, for good. */
  externalId: z.string().max(100),
  name: z.string().max(100),
  status: z.enum(["queued", "in_progress", "completed"]),
  conclusion: z.enum(checkConclusions).nullable(),
  title: z.string().max(255),
  summary: z.string().max(65_535),
  text: z.string().max(65_535).nullable(),
  /** The forge takes 50 at a time and adds them to those it has. Only of a completed one. */
  annotations: z.array(annotationSchema).max(1_000),
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  /** Of all of the above: what has been told is not told again. */
  digest: z.string().max(64),
});
export type CheckReport = z.infer<typeof checkReportSchema>;

export const deploymentStates = ["queued", "in_progress", "success", "failure", "error", "inactive"] as const;

/** `GET …/pull-requests/{pullRequest}/report`: what the forge shall show and does not show yet. */
export const pullRequestReportSchema = z.object({
  repository: repositoryPlaceSchema,
  number: forgeId,
  checks: z.array(checkReportSchema),
  /** The one comment; null: it stands as it shall. `marker` is a line of its body by which it is found again. */
  comment: z
    .object({
      commentId: forgeId.nullable(),
      marker: z.string().max(100),
      body: z.string().max(65_535),
      digest: z.string().max(64),
    })
    .nullable(),
  deployments: z.array(
    z.object({
      /** The hub's key of it. */
      environmentId: z.string(),
      /** As the forge shows it, such as `pr-12/preview`. */
      name: z.string().max(255),
      sha: commitShaSchema,
      /** Null: look for one of this name and commit first, then make it. */
      deploymentId: forgeId.nullable(),
      state: z.enum(deploymentStates),
      description: z.string().max(140),
      /** The address that people open; null: there is none yet. */
      url: z.url().nullable(),
      digest: z.string().max(64),
    }),
  ),
});
export type PullRequestReport = z.infer<typeof pullRequestReportSchema>;

/** `POST …/pull-requests/{pullRequest}/reported`: what the forge now shows. Said after each part, so that a crash loses little. */
export const reportedSchema = z
  .object({
    checks: z
      .array(z.object({ sha: commitShaSchema, checkRunId: forgeId, digest: z.string().max(64) }))
      .max(50),
    comment: z.object({ commentId: forgeId, digest: z.string().max(64) }).nullable(),
    deployments: z
      .array(
        z.object({
          environmentId: z.string(),
          sha: commitShaSchema,
          deploymentId: forgeId,
          digest: z.string().max(64),
        }),
      )
      .max(50),
  })
  .strict();
export type Reported = z.infer<typeof reportedSchema>;
