import { z } from "zod";
import { limits } from "../limits.ts";
import { exitSchema } from "../runs/exit.ts";

/** `POST /agent/v2/leases/{lease}/progress`. Repeats and steps backwards are accepted and change nothing. */
export const progressRequestSchema = z
  .object({
    instance: z.string().min(8).max(64),
    state: z.enum(["starting", "running"]),
    at: z.iso.datetime(),
    pod: z.object({
      namespace: z.string().max(63),
      name: z.string().max(253),
      node: z.string().max(253).nullable(),
    }),
  })
  .strict();

/**
 * `POST /agent/v2/leases/{lease}/finish`, after the last log and after the helper has uploaded. Accepted once; the
 * same lease may repeat it and gets the same answer. A stale lease gets `lease_stale` and nothing is written.
 */
export const finishRequestSchema = z
  .object({
    instance: z.string().min(8).max(64),
    startedAt: z.iso.datetime().nullable(),
    /** When the main container ended: the verdict's time. */
    endedAt: z.iso.datetime(),
    exit: exitSchema,
    /** What the helper said of its uploads; null when the pod had no helper. */
    collected: z
      .object({
        complete: z.boolean(),
        skipped: z.array(z.object({ path: z.string().max(500), reason: z.string().max(500) })).max(50),
        errors: z.array(z.string().max(500)).max(20),
      })
      .nullable(),
  })
  .strict();
export type FinishRequest = z.infer<typeof finishRequestSchema>;
export const finishAnswerSchema = z.object({ state: z.string(), duplicate: z.boolean() });

/**
 * `POST /agent/v2/leases/{lease}/logs`. Offsets are the hub's: text that lies before its next offset is dropped as a
 * repeat; text beyond it is `log_gap` with the fact `nextOffset`. `stamp` is the kubelet's time of the last line.
 */
export const logRequestSchema = z
  .object({
    instance: z.string().min(8).max(64),
    offset: z.int().min(0),
    text: z.string().max(limits.logChunkBytes),
    gap: z.string().max(500).nullable().default(null),
    stamp: z.string().max(40).nullable().default(null),
  })
  .strict();
/** `GET /agent/v2/leases/{lease}/logs` answers the same: where to go on after a restart. `full`: the size limit is reached, send no more. */
export const logPositionSchema = z.object({
  nextOffset: z.int(),
  stamp: z.string().nullable(),
  full: z.boolean(),
});
export type LogPosition = z.infer<typeof logPositionSchema>;
