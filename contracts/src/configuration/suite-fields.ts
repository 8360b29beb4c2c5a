import { z } from "zod";
import { limits } from "../limits.ts";
import { clusterLabelKeySchema, contentPathSchema, labelsSchema, suiteTools } from "../suites/suite-spec.ts";
import { spreadField, tolerateField } from "./cluster-fields.ts";
import {
  cpuPattern,
  durationPattern,
  memoryPattern,
  parseCpuMillis,
  parseDurationSeconds,
  parseMemoryBytes,
} from "./quantities.ts";
import { checkSuite } from "./suite-rules.ts";

const glob = contentPathSchema
  .min(1)
  .meta({ write: "a pattern relative to the suite's path, as in reports/*.xml" });
const memoryRange = { least: 16 * 1_024 ** 2, most: 256 * 1_024 ** 3 };

const cpu = z
  .union([z.string().regex(cpuPattern), z.number()])
  .refine((value) => within(parseCpuMillis(value), 10, 64_000))
  .meta({
    description: "Processor time the pod is promised, from 10m to 64 cores. Default: `250m`.",
    examples: ["500m", 0.5, 2],
    write: "cores or thousandths of one, from 10m to 64, as in 500m, 0.5 or 2",
  });

const memory = z
  .string()
  .regex(memoryPattern)
  .refine((value) => within(parseMemoryBytes(value), memoryRange.least, memoryRange.most))
  .meta({
    description:
      "Memory the pod is promised and may use at most, from `16Mi` to `256Gi`. Going over it ends the attempt as *errored: out of memory*. Default: `512Mi`.",
    examples: ["512Mi", "2Gi"],
    write: "a number with its unit, from 16Mi to 256Gi, as in 512Mi or 2Gi",
  });

const timeout = z
  .string()
  .regex(durationPattern)
  .refine((value) => within(parseDurationSeconds(value), 1, 86_400))
  .meta({
    description:
      "How long one attempt may take, up to `24h`. Then it is stopped and *errored*. Default: `30m`.",
    examples: ["90s", "10m", "1h30m"],
    write: "a length of time up to 24h with its unit, as in 90s, 10m or 1h30m",
  });

const variables = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
      .refine((name) => !name.startsWith("SEATRIAL_"))
      .meta({ write: "letters, digits and '_', and not SEATRIAL_ at the start: Seatrial sets those" }),
    z.string().max(10_000).meta({ write: 'text: put numbers, true and false in quotes, as in "8080"' }),
  )
  .refine((env) => Object.keys(env).length <= 100)
  .meta({
    description:
      "Environment variables of the tests. Values are text and may hold `${shard.index}`, `${shard.count}`, `${change.sha}`, `${change.branch}` and, of the run's environment, `${environment.id}`, `${environment.namespace}` and `${environment.<endpoint>.url}` (or `.host`, `.port`). Every pod also has `SEATRIAL_SHARD_INDEX` (from 0), `SEATRIAL_SHARD_COUNT` and `SEATRIAL_CLUSTER`, the name of the cluster it is in.",
    write: "names and values, at most 100, as in {LOG_LEVEL: debug}",
  });

const count = (description: string, least: number, most: number, example: number) =>
  z
    .int()
    .min(least)
    .max(most)
    .meta({
      description,
      examples: [example],
      write: `a whole number from ${least} to ${most}, as in ${example}`,
    });

const command = z
  .union([z.string().min(1).max(10_000), z.array(z.string().max(10_000)).min(1).max(90)])
  .meta({
    description:
      'What the container runs, for suites without `tool`. Text goes to `/bin/sh -c`; a list is the argument vector as it is. `${shard.*}`, `${change.*}` and `${environment.*}` may stand in it; in text they become shell parameters, so quote them as you would `"$1"`.',
    examples: ["k6 run load.js", ["k6", "run", "load.js"]],
    write: "text for the shell, or a list of words, as in [k6, run, load.js]",
  });

/** One suite of `suites:`, as people write it. */
export const suiteFields = z
  .strictObject({
    tool: z
      .enum(suiteTools)
      .optional()
      .meta({
        description:
          "A known test tool. It brings image, command, list of test cases, splitting over shards, and reports.",
        examples: ["pytest"],
        write: `one of ${suiteTools.join(", ")}`,
      }),
    image: z
      .string()
      .min(1)
      .max(500)
      .regex(/^\S+$/)
      .optional()
      .meta({
        description: "Container image. Needed without `tool`; with it, it replaces the preset's image.",
        examples: ["grafana/k6:1.2.0"],
        write: "an image with its tag or digest, as in grafana/k6:1.2.0",
      }),
    command: command.optional(),
    arguments: z
      .array(z.string().max(1_000).meta({ write: "text: put numbers in quotes" }))
      .max(100)
      .optional()
      .meta({
        description:
          "More arguments for the tool's own command; `${environment.*}` may stand in them. Only with `tool`.",
        examples: [["-m", "not slow"]],
        write: "a list of words, as in [-m, not slow]",
      }),
    path: contentPathSchema.optional().meta({
      description: "Folder of the tests, relative to the top of the content. Default: the top.",
      examples: ["tests/api"],
      write: "a relative folder with '/' and no '..', as in tests/api",
    }),
    shards: count(
      `Into how many parts the suite is split; they run at the same time where clusters have room. Default: 1.`,
      1,
      limits.shardsPerSuite,
      4,
    ).optional(),
    clusters: z
      .strictObject({
        labels: labelsSchema.optional().meta({
          description: "Labels a cluster must have to run this suite. Default: any cluster.",
          examples: [{ region: "west" }],
          write: "names and values, as in {region: west}",
        }),
        tolerate: tolerateField,
        spread: spreadField,
        each: clusterLabelKeySchema.optional().meta({
          description:
            "Runs the suite once for each value of this label among the clusters that match; `cluster`: once in each of them. `seatrial runs compare` shows where the outcomes differ.",
          examples: ["region"],
          write: "the label of a cluster, as in region, or cluster for each of them",
        }),
      })
      .optional()
      .meta({
        description: "Where the suite may run.",
        write: "keys and values, as in {labels: {region: west}}",
      }),
    resources: z.strictObject({ cpu: cpu.optional(), memory: memory.optional() }).optional().meta({
      description: "What each shard's pod needs.",
      write: "keys and values, as in {cpu: 500m, memory: 512Mi}",
    }),
    retries: count(
      "How many more times a shard's red tests are tried. Green then counts as flaky. Default: 0.",
      0,
      5,
      1,
    ).optional(),
    infrastructureRetries: count(
      "How many more times a shard is tried when its attempt was lost or errored for reasons outside the tests. Default: 3.",
      0,
      10,
      3,
    ).optional(),
    reports: z
      .strictObject({
        junit: z
          .union([glob, z.array(glob).min(1).max(20)])
          .optional()
          .meta({
            description:
              "JUnit XML files that the tests write. Their cases become the results. A preset knows its own.",
            examples: ["reports/*.xml"],
            write: "one pattern or a list of at most 20, as in reports/*.xml",
          }),
      })
      .optional()
      .meta({
        description: "Files to read results from.",
        write: "keys and values, as in {junit: reports/*.xml}",
      }),
    artifacts: z
      .array(glob)
      .max(50)
      .optional()
      .meta({
        description: "Files to keep, relative to `path`. See `seatrial artifacts`.",
        examples: [["screenshots/**"]],
        write: "a list of at most 50 patterns, as in [screenshots/**]",
      }),
    env: variables.optional(),
    timeout: timeout.optional(),
  })
  .superRefine(checkSuite)
  .meta({
    description: "A set of tests that runs together. Says `tool`, or `image` and `command`.",
    write: "keys and values, as in {tool: pytest, path: tests}",
  });

function within(value: number | null, least: number, most: number): boolean {
  return value !== null && value >= least && value <= most;
}
