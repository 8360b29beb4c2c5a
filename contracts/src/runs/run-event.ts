import { z } from "zod";
import { actorSchema } from "../actor.ts";

export const runEventTypes = [
  "run.created",
  /** What a queued run waits for changed; `reason` says it. */
  "run.waiting",
  "run.planned",
  "run.cancel_requested",
  "run.finished",
  "suite.listed",
  "suite.finished",
  "shard.queued",
  "shard.finished",
  "attempt.leased",
  "attempt.starting",
  "attempt.running",
  "attempt.finished",
  "attempt.lost",
  "attempt.handed_back",
] as const;
export type RunEventType = (typeof runEventTypes)[number];

/**
 * One thing that happened to a run. `id` counts from 1 within the run with no gaps and in order of commit: it is the
 * SSE id, so `Last-Event-ID` resumes exactly.
 */
export const runEventSchema = z
  .object({
    id: z.int().min(1),
    type: z.enum(runEventTypes),
    at: z.iso.datetime(),
    actor: actorSchema,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "RunEvent" });
export type RunEvent = z.infer<typeof runEventSchema>;
