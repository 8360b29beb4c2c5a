import { z } from "zod";
import { limits } from "../limits.ts";

export const resultOutcomes = ["passed", "failed", "errored", "skipped"] as const;
export type ResultOutcome = (typeof resultOutcomes)[number];

/** One test case's outcome in one attempt, as parsed from a report. All text is untrusted. */
export const resultSchema = z
  .object({
    /** The case's name: a pytest node id, or `file › class › name` of a JUnit report. Unique within its attempt. */
    case: z.string().min(1).max(limits.caseNameCharacters),
    outcome: z.enum(resultOutcomes),
    seconds: z.number().min(0).nullable(),
    message: z.string().max(limits.messageCharacters).nullable(),
    detail: z.string().max(limits.detailCharacters).nullable(),
    file: z.string().max(500).nullable(),
    line: z.int().min(0).nullable(),
  })
  .meta({ id: "Result" });
export type Result = z.infer<typeof resultSchema>;

/** A result as the API lists it: the last word on a case over all attempts of its shard. */
export const runResultSchema = resultSchema
  .extend({
    suite: z.string(),
    shardIndex: z.int(),
    attemptId: z.string(),
    attemptNumber: z.int(),
    cluster: z.string().nullable(),
    /** True when attempts of this case in this run disagree: red at first, green later. */
    flaky: z.boolean(),
  })
  .meta({ id: "RunResult" });
export type RunResult = z.infer<typeof runResultSchema>;
