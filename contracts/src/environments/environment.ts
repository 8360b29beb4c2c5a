import { z } from "zod";
import { actorSchema } from "../actor.ts";
import { limits } from "../limits.ts";
import { changeSchema } from "../runs/change.ts";
import { labelsSchema, nameSchema, tolerationSchema } from "../suites/suite-spec.ts";
import { environmentTemplateSchema, reaches } from "./environment-template.ts";
import { environmentStates, environmentWishes, operationKinds, operationStates } from "./lifecycle.ts";
import { blockerSchema } from "./proof.ts";

const ttlSeconds = z.int().min(60).max(limits.environmentTtlSeconds);

/** What makes an environment: for `POST …/environments`, and inside a run that brings its own. */
export const environmentRequestSchema = z
  .object({
    /** The key in `seatrial.yaml`, such as `preview`. */
    name: nameSchema,
    template: environmentTemplateSchema,
    /** SHA-256 (hex) of the content that the template's paths are in, uploaded before. */
    contentSha256: z.string().regex(/^[0-9a-f]{64}$/),
    clusters: z
      .object({ labels: labelsSchema.default({}), tolerate: z.array(tolerationSchema).max(20).default([]) })
      .default({ labels: {}, tolerate: [] }),
    /** From its request on; after it the environment is removed. */
    ttlSeconds: ttlSeconds.default(14_400),
    /** When a run that owns it is not passed: how long it stays for people to look at; 0: not at all. */
    keepOnFailureSeconds: z.int().min(0).max(limits.environmentTtlSeconds).default(0),
  })
  .strict();
export type EnvironmentRequest = z.infer<typeof environmentRequestSchema>;
export type EnvironmentRequestInput = z.input<typeof environmentRequestSchema>;

export const createEnvironmentSchema = environmentRequestSchema
  .extend({
    change: changeSchema.nullable().default(null),
    /** The same key within a project answers with the environment made before. */
    idempotencyKey: z.string().min(1).max(100).optional(),
  })
  .strict()
  .meta({ id: "CreateEnvironment" });
export type CreateEnvironment = z.infer<typeof createEnvironmentSchema>;
export type CreateEnvironmentInput = z.input<typeof createEnvironmentSchema>;

/** `POST …/update`: the same environment from another template or content. Latest wins; an apply is never killed half-way. */
export const updateEnvironmentSchema = z
  .object({ template: environmentTemplateSchema, contentSha256: z.string().regex(/^[0-9a-f]{64}$/) })
  .strict()
  .meta({ id: "UpdateEnvironment" });

/** `POST …/extend`: removed no earlier than this long from now. Never shortens. */
export const extendEnvironmentSchema = z
  .object({ seconds: ttlSeconds })
  .strict()
  .meta({ id: "ExtendEnvironment" });
/** `POST …/pin`: no expiry until the end that its owner names; `null` takes the pin off. */
export const pinEnvironmentSchema = z
  .object({ until: z.iso.datetime().nullable(), reason: z.string().max(500).default("") })
  .strict()
  .meta({ id: "PinEnvironment" });

export const endpointSchema = z
  .object({
    name: z.string(),
    reach: z.enum(reaches),
    /** `http://host:port`. */
    url: z.string().max(500),
    host: z.string().max(253),
    port: z.int(),
    /** When the last probe through it succeeded as often as asked. */
    provedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Endpoint" });
export type Endpoint = z.infer<typeof endpointSchema>;

export const operationStepSchema = z.object({ name: z.string().max(60), milliseconds: z.number() });

export const operationSchema = z
  .object({
    id: z.string(),
    kind: z.enum(operationKinds),
    state: z.enum(operationStates),
    /** Which generation of the template it applies. */
    generation: z.int(),
    number: z.int(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    steps: z.array(operationStepSchema),
    failure: z
      .object({
        code: z.string(),
        message: z.string(),
        file: z.string().nullable(),
        line: z.int().nullable(),
      })
      .nullable(),
  })
  .meta({ id: "Operation" });
export type Operation = z.infer<typeof operationSchema>;

export const environmentSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    name: z.string(),
    state: z.enum(environmentStates),
    wanted: z.enum(environmentWishes),
    /** Why it is in this state, or what waits. */
    reason: z.string().nullable(),
    cluster: z.string().nullable(),
    namespace: z.string(),
    endpoints: z.array(endpointSchema),
    blockers: z.array(blockerSchema),
    change: changeSchema.nullable(),
    contentSha256: z.string(),
    generation: z.int(),
    /** What is in the cluster: below `generation` while an update is on its way; 0 before the first success. */
    appliedGeneration: z.int(),
    /** The run that brought it and takes it along; null for one that stands by itself. */
    runId: z.string().nullable(),
    /** The pull request that it is for. */
    pullRequestId: z.string().nullable(),
    /** From 1 on while it waits for its project's quota of environments; null: it does not. */
    queuePosition: z.int().nullable(),
    expiresAt: z.iso.datetime(),
    pin: z.object({ owner: actorSchema, until: z.iso.datetime(), reason: z.string() }).nullable(),
    createdBy: actorSchema,
    createdAt: z.iso.datetime(),
    readyAt: z.iso.datetime().nullable(),
    provedAt: z.iso.datetime().nullable(),
    deletedAt: z.iso.datetime().nullable(),
    /** Hooks of charts that were left out because they are tests. */
    leftOut: z.array(z.string()),
    /** Null until the removal's end. */
    proofComplete: z.boolean().nullable(),
    operations: z.array(operationSchema),
  })
  .meta({ id: "Environment" });
export type Environment = z.infer<typeof environmentSchema>;

export const environmentEventTypes = [
  "environment.requested",
  "environment.waiting",
  "environment.placed",
  "environment.state",
  "environment.operation",
  "environment.step",
  "environment.blocked",
  "environment.extended",
  "environment.pinned",
  "environment.wished",
  "environment.expired",
  "environment.deleted",
] as const;
export type EnvironmentEventType = (typeof environmentEventTypes)[number];

/** One thing that happened to an environment; `id` counts from 1 without gaps and is the SSE id. */
export const environmentEventSchema = z
  .object({
    id: z.int().min(1),
    type: z.enum(environmentEventTypes),
    at: z.iso.datetime(),
    actor: actorSchema,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "EnvironmentEvent" });
export type EnvironmentEvent = z.infer<typeof environmentEventSchema>;
