import { z } from "zod";

/** Why a worker must look at something. Entries carry keys, never facts: the worker's calls read the truth again. */
export const outboxKinds = [
  "run.created",
  "suite.listed",
  "attempt.ended",
  "run.cancel_requested",
  /** What the run waits for changed: its environment is ready, proved or failed. */
  "run.environment",
  /** Something of an environment changed: its wish, its template, an operation's end. */
  "environment.changed",
  /** A schedule was made, changed or deleted. */
  "schedule.changed",
  /** A run that a schedule started is over. */
  "schedule.run_over",
  /** Something of a pull request changed: an event of the forge, a command, its run's or environment's state. */
  "pull_request.changed",
  /** A repository was connected or disconnected, or a sweep is due. */
  "repository.changed",
] as const;

export const outboxEntrySchema = z.object({
  id: z.string(),
  kind: z.enum(outboxKinds),
  /** The run's id: the business id of its workflow. Null where the entry is about an environment alone. */
  runId: z.string().nullable(),
  /** The environment's id: the business id of its workflow. */
  environmentId: z.string().nullable(),
  /** The schedule's id, where the entry is about one. */
  scheduleId: z.string().nullable().default(null),
  /** The pull request's and the repository's id, where the entry is about one. */
  pullRequestId: z.string().nullable().default(null),
  repositoryId: z.string().nullable().default(null),
  /** The suite's name within the run, where the kind is about one. */
  suite: z.string().nullable(),
  createdAt: z.iso.datetime(),
});
export type OutboxEntry = z.infer<typeof outboxEntrySchema>;

/** `POST /worker/v1/outbox/claim`: entries become invisible for `visibilitySeconds`; unacknowledged ones come again. */
export const outboxClaimSchema = z
  .object({
    limit: z.int().min(1).max(500).default(100),
    waitSeconds: z.number().min(0).max(25).default(20),
    visibilitySeconds: z.number().min(1).max(600).default(30),
  })
  .strict();
export const outboxClaimAnswerSchema = z.object({ entries: z.array(outboxEntrySchema) });
/** `POST /worker/v1/outbox/acknowledge`. */
export const outboxAcknowledgeSchema = z.object({ ids: z.array(z.string()).min(1).max(500) }).strict();

/**
 * Activities, each idempotent: `POST /worker/v1/runs/{run}/plan` (queued → shards or listing),
 * `/worker/v1/runs/{run}/suites/{suite}/split` (listed → test shards), `/worker/v1/runs/{run}/settle` (retries, then
 * verdicts of shards, suites, run), and `POST /worker/v1/tick` (what time alone decides: lost hand-offs, expired
 * leases, old nonces).
 */
export const tickAnswerSchema = z.object({
  handedBack: z.int(),
  lost: z.int(),
  compacted: z.int(),
  /** Seconds until the next known deadline, for the caller's pace; null when nothing waits. */
  nextDueInSeconds: z.number().nullable(),
});
export const activityAnswerSchema = z.object({ changed: z.boolean(), runState: z.string() });
