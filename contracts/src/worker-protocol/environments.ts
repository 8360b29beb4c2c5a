import { z } from "zod";
import {
  environmentStates,
  environmentWishes,
  operationKinds,
  operationStates,
} from "../environments/lifecycle.ts";

/**
 * `GET /worker/v1/environments/{environment}`: the facts that its workflow decides by. No secret, no template, no
 * project text: it is kept in the workflow's history.
 */
export const environmentFactsSchema = z.object({
  id: z.string(),
  state: z.enum(environmentStates),
  wanted: z.enum(environmentWishes),
  generation: z.int(),
  /** The generation that the last successful `up` or `update` applied; 0: none. */
  appliedGeneration: z.int(),
  /** True when a run waits for a probe newer than the last one. */
  proveWanted: z.boolean(),
  /** Seconds until it expires by the hub's clock, 0 when it has; null while pinned. */
  expiresInSeconds: z.number().nullable(),
  /** The newest operation; null before the first. */
  operation: z
    .object({
      kind: z.enum(operationKinds),
      number: z.int(),
      state: z.enum(operationStates),
      generation: z.int(),
      /** Of a failed one: whether trying again may help. */
      retryable: z.boolean(),
      /** How many operations of this kind failed in a row, this one included; of `up` and `update` those of its generation. */
      failuresInRow: z.int(),
      endedSecondsAgo: z.number().nullable(),
    })
    .nullable(),
});
export type EnvironmentFacts = z.infer<typeof environmentFactsSchema>;

/**
 * `POST /worker/v1/environments/{environment}/operations`: the next operation. Idempotent by `number`, which must be
 * the newest operation's plus one: a repeat answers with what is there, a decision on old facts is `conflict`.
 */
export const startOperationSchema = z
  .object({ kind: z.enum(operationKinds), number: z.int().min(1) })
  .strict();
/** `POST /worker/v1/environments/{environment}/expire`: wishes it gone if the hub's clock agrees that it expired. */
/** `POST /worker/v1/environments/{environment}/give-up`: state `failed`, nothing more is tried until somebody asks. */
export const giveUpSchema = z.object({ number: z.int().min(0) }).strict();

/** `GET /worker/v1/runs/{run}`: what a run's workflow decides by. */
export const runFactsSchema = z.object({
  id: z.string(),
  state: z.string(),
  isOver: z.boolean(),
  /** True when `plan` has something to do: the run is queued and what it waits for is there. */
  planDue: z.boolean(),
  /** Positions of suites whose cases are listed and not split. */
  splitDue: z.array(z.string()),
  /** True when attempts ended that are not settled, or a cancel was asked for. */
  settleDue: z.boolean(),
});
export type RunFacts = z.infer<typeof runFactsSchema>;
