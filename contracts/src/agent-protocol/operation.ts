import { z } from "zod";
import { endpointSchema, operationStepSchema } from "../environments/environment.ts";
import { environmentTemplateSchema } from "../environments/environment-template.ts";
import { operationFailures, operationKinds } from "../environments/lifecycle.ts";
import { blockerSchema, objectReferenceSchema, proofSchema } from "../environments/proof.ts";
import { changeSchema } from "../runs/change.ts";

/** What a provisioner needs for one operation on one environment. The template is the project's and untrusted. */
export const operationWorkSchema = z.object({
  project: z.string(),
  environmentId: z.string(),
  /** The name in `seatrial.yaml`. */
  name: z.string(),
  operationId: z.string(),
  operation: z.enum(operationKinds),
  /** Counts this environment's operations; names of lock holders and folders come from it. */
  number: z.int(),
  generation: z.int(),
  /** Made by the hub, never used for another environment. */
  namespace: z.string(),
  template: environmentTemplateSchema,
  change: changeSchema.nullable(),
  contentSha256: z.string(),
  /** Seconds since 1970: what the janitor in the cluster removes the environment by, with the hub gone. */
  expiresAtEpochSeconds: z.int(),
  /** The environment's own key for its state: 32 bytes, base64. Never written down in the cluster. */
  stateKey: z.string(),
  /** True when the hub has a state for it. */
  hasState: z.boolean(),
  /** What the last operations recorded: a removal re-reads each of them. */
  objects: z.array(objectReferenceSchema),
  endpoints: z.array(endpointSchema),
  /** For `prove`: gather what went wrong since then; null: probe only. */
  evidenceSince: z.iso.datetime().nullable(),
});
export type OperationWork = z.infer<typeof operationWorkSchema>;

/** A lease on an operation. The same fences as a shard's: acknowledge, heartbeat, adopt by lease id. */
export const operationGrantSchema = z.object({
  leaseId: z.string(),
  kind: z.literal("environment"),
  expiresAt: z.iso.datetime(),
  acknowledgeBy: z.iso.datetime(),
  /** Opens `GET /lease/v1/{lease}/content`. */
  leaseToken: z.string(),
  work: operationWorkSchema,
});
export type OperationGrant = z.infer<typeof operationGrantSchema>;

const instance = z.string().min(8).max(64);

/**
 * `POST /agent/v2/operations/{lease}/progress`. `steps` are told once each, as they happen; `blockers` replaces what
 * was told before (an empty list: nothing blocks any more).
 */
export const operationProgressSchema = z
  .object({
    instance,
    at: z.iso.datetime(),
    step: z
      .object({
        /** Such as "rendered", "applied", "ready", "proved", "namespace gone". */
        name: z.string().max(60),
        message: z.string().max(2_000).default(""),
      })
      .nullable()
      .default(null),
    blockers: z.array(blockerSchema).max(50).nullable().default(null),
  })
  .strict();
export type OperationProgress = z.infer<typeof operationProgressSchema>;

/**
 * `GET|PUT /agent/v2/operations/{lease}/state?engine=…&provider=…`: the encrypted state as bytes, written once per
 * operation and before its finish. The hub cannot read it without the environment's key, which it keeps wrapped.
 */
export const stateQuerySchema = z.object({
  /** The engine's version and the provider's, such as `3.259.0` and `embedded/1`. */
  engine: z.string().min(1).max(100),
  provider: z.string().min(1).max(100),
});

export const evidenceSchema = z.object({
  /** When it happened, as the cluster says. */
  at: z.iso.datetime().nullable(),
  kind: z.enum(["restart", "oom", "event", "node", "probe", "missing"]),
  object: z.string().max(400),
  message: z.string().max(2_000),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** `POST /agent/v2/operations/{lease}/finish`. Accepted once; the same lease may repeat it. */
export const operationFinishSchema = z
  .object({
    instance,
    endedAt: z.iso.datetime(),
    /** Null: it succeeded. */
    failure: z
      .object({
        code: z.enum(Object.keys(operationFailures) as [keyof typeof operationFailures]),
        message: z.string().max(8_000),
        file: z.string().max(500).nullable().default(null),
        line: z.int().min(1).nullable().default(null),
      })
      .nullable(),
    steps: z.array(operationStepSchema).max(100),
    /** What is in the cluster now, by UID; null: not known, keep what was recorded. */
    objects: z.array(objectReferenceSchema).max(5_000).nullable(),
    endpoints: z.array(endpointSchema).max(20).nullable(),
    /** Test hooks of charts that were left out. */
    leftOut: z.array(z.string().max(400)).max(200).default([]),
    /** True when every endpoint answered as often as asked (`up`, `update`, `wake`, `prove`). */
    proved: z.boolean().default(false),
    /** Of `prove` with `evidenceSince`. Empty: nothing was wrong. */
    evidence: z.array(evidenceSchema).max(200).default([]),
    /** Of `down`: what its end found. */
    proof: proofSchema.nullable().default(null),
    blockers: z.array(blockerSchema).max(50).default([]),
  })
  .strict();
export type OperationFinish = z.infer<typeof operationFinishSchema>;
export type OperationFinishInput = z.input<typeof operationFinishSchema>;

/** An environment's trace in a cluster: what a sweep found by label. */
export const foundEnvironmentSchema = z.object({
  environmentId: z.string().max(40),
  /** The namespace, or null when only cluster-scoped objects are left. */
  namespace: z.string().max(63).nullable(),
  namespaceUid: z.string().max(64).nullable(),
  expiresAtEpochSeconds: z.int().nullable(),
  clusterScoped: z.array(objectReferenceSchema).max(500),
});

/**
 * `POST /agent/v2/sweep`: everything with Seatrial's environment label in this cluster. The hub compares it with its
 * rows and their recorded objects; what it does not know, or knows as deleted, twice in a row and not in too large a
 * share, is `remove`d. `missing`: what the hub believes is there and was not found; it follows that up itself.
 */
export const sweepRequestSchema = z
  .object({ instance, at: z.iso.datetime(), found: z.array(foundEnvironmentSchema).max(5_000) })
  .strict();
export const sweepAnswerSchema = z.object({
  remove: z.array(foundEnvironmentSchema.omit({ clusterScoped: true })),
  /** Why a removal that would follow was held back: the brakes. */
  held: z.array(z.object({ environmentId: z.string(), why: z.string() })),
  missing: z.array(z.string()),
  /** Environments whose expiry as the cluster knows it is not the hub's (extended, pinned): the janitor goes by it. */
  relabel: z.array(
    z.object({ environmentId: z.string(), namespace: z.string(), expiresAtEpochSeconds: z.int() }),
  ),
});
export type SweepRequest = z.infer<typeof sweepRequestSchema>;
export type SweepAnswer = z.infer<typeof sweepAnswerSchema>;
