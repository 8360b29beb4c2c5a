import { z } from "zod";
import { suitePlaceSchema } from "../placement/placement.ts";
import { suiteStates } from "./lifecycle.ts";
import { resultOutcomes } from "./result.ts";

/** An outcome at one place; `missing`: the place told of other cases, and not of this one. */
export const comparedOutcomes = [...resultOutcomes, "missing"] as const;
export type ComparedOutcome = (typeof comparedOutcomes)[number];

/** One of what is compared: a copy of a suite at its place, or the suite of one of two runs. */
export const comparisonColumnSchema = z
  .object({
    /** What the cells name it by: the place's value, or the run's id. Unique within its suite. */
    key: z.string(),
    runId: z.string(),
    /** The suite's name in that run, as in `api@west`. */
    suite: z.string(),
    place: suitePlaceSchema.nullable(),
    state: z.enum(suiteStates),
    reason: z.string().nullable(),
    /** How many cases it told of. None: it is left out of the comparison, and every other column is still compared. */
    cases: z.int(),
    /** Cases that are red here and in no other column. */
    redAlone: z.int(),
  })
  .meta({ id: "ComparisonColumn" });
export type ComparisonColumn = z.infer<typeof comparisonColumnSchema>;

export const comparisonSuiteSchema = z
  .object({
    /** The suite as its author named it. */
    suite: z.string(),
    columns: z.array(comparisonColumnSchema),
    /** Cases that at least one column told of. */
    cases: z.int(),
    equal: z.int(),
    different: z.int(),
  })
  .meta({ id: "ComparisonSuite" });
export type ComparisonSuite = z.infer<typeof comparisonSuiteSchema>;

export const comparedCaseSchema = z
  .object({
    suite: z.string(),
    case: z.string(),
    different: z.boolean(),
    /** One for each column that told of any case, in their order. */
    cells: z.array(
      z.object({
        column: z.string(),
        outcome: z.enum(comparedOutcomes),
        flaky: z.boolean(),
        /** Of red ones. Untrusted text. */
        message: z.string().nullable(),
        attemptId: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "ComparedCase" });
export type ComparedCase = z.infer<typeof comparedCaseSchema>;

/** `GET …/runs/{run}/comparison`: a page of cases, and on the first page the counts. */
export const comparisonSchema = z
  .object({
    /** Null on every page but the first. */
    suites: z.array(comparisonSuiteSchema).nullable(),
    items: z.array(comparedCaseSchema),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "Comparison" });
export type Comparison = z.infer<typeof comparisonSchema>;
