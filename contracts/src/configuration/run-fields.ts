import { z } from "zod";
import { overlapPolicies } from "../schedules/schedule.ts";
import { clusterLabelKeySchema, nameSchema } from "../suites/suite-spec.ts";
import { durationPattern, parseDurationSeconds } from "./quantities.ts";
import { whenField } from "./trigger-fields.ts";

const catchUp = z
  .string()
  .regex(durationPattern)
  .refine((text) => {
    const seconds = parseDurationSeconds(text);
    return seconds !== null && seconds >= 10 && seconds <= 604_800;
  });

/** One run of `runs:`, as people write it. */
export const runFields = z
  .strictObject({
    when: whenField,
    suites: z
      .array(nameSchema.meta({ write: "the name of a suite of this file" }))
      .min(1)
      .max(50)
      .optional()
      .meta({
        description: "Names of suites of this file. Default: all of them.",
        examples: [["api", "browser"]],
        write: "a list of suites of this file, as in [api, browser]",
      }),
    optional: z
      .array(nameSchema.meta({ write: "the name of a suite of this run" }))
      .max(50)
      .optional()
      .meta({
        description:
          "Those of its suites that run and are shown, but cannot make the run red. At least one other must be left.",
        examples: [["load"]],
        write: "a list of suites of this run, as in [load]",
      }),
    environment: nameSchema.optional().meta({
      description: "The environment of this file that it brings and takes along. Default: none.",
      examples: ["preview"],
      write: "the name of an environment of this file, as in preview",
    }),
    clusters: z
      .strictObject({
        each: clusterLabelKeySchema.optional().meta({
          description:
            "For each suite that does not say it itself: one copy in each value of this cluster label; `cluster` means each cluster.",
          examples: ["region"],
          write: "a label's name, as in region",
        }),
      })
      .optional()
      .meta({ description: "Where its suites run.", write: "keys and values, as in {each: region}" }),
    overlap: z
      .enum(overlapPolicies)
      .optional()
      .meta({
        description:
          "Of a schedule: when its time comes while the run before is not over: `skip` it, `queue` one, `cancel` the run before, or `allow` both. Default: `skip`.",
        examples: ["skip"],
        write: `one of ${overlapPolicies.join(", ")}`,
      }),
    catchUp: catchUp.optional().meta({
      description:
        "After an outage, times up to this long ago are made up for; older ones are noted as missed. From `10s` to `168h`. Default: `1h`.",
      examples: ["1h"],
      write: "a length of time from 10s to 168h with its unit, as in 1h",
    }),
    priority: z
      .int()
      .min(-100)
      .max(100)
      .optional()
      .meta({
        description:
          "Within the project: shards of higher ones are placed first. From -100 to 100. Default: 0.",
        examples: [-10],
        write: "a whole number from -100 to 100, as in -10",
      }),
  })
  .superRefine((written, context) => {
    if (written.when.schedule !== undefined) return;
    for (const key of ["overlap", "catchUp"] as const)
      if (written[key] !== undefined)
        context.addIssue({
          ...{ code: "custom", path: [key], input: written },
          ...{ message: "is only for runs with a schedule", params: { fix: "remove it" } },
        });
  })
  .meta({
    description:
      "A run that starts by itself: by a schedule once `seatrial schedules apply` has told the hub, or for each commit of a pull request. `seatrial run --run <name>` starts it by hand.",
    write: 'keys and values, as in {when: {schedule: "0 2 * * *"}, suites: [api]}',
  });
export type ConfiguredRun = z.infer<typeof runFields>;
