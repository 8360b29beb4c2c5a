import { z } from "zod";
import { limits } from "../limits.ts";

/** Test tools with a preset: it knows image, listing of cases, sharding and reports. */
export const suiteTools = ["pytest", "node", "vitest"] as const;
export type SuiteTool = (typeof suiteTools)[number];

/** The key of a cluster's label. */
export const clusterLabelKeySchema = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9A-Z]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$/);
const labelValue = z.string().max(63);
const mostLabels = 64;
/** Labels of a cluster, or the labels a suite asks for; at most 64. */
export const labelsSchema = z
  .record(clusterLabelKeySchema, labelValue)
  .refine((labels) => Object.keys(labels).length <= mostLabels, { error: `at most ${mostLabels} labels` });

/**
 * A taint that a suite stands, as Kubernetes has it: with a value, only the taint of that value; without, the key
 * alone decides.
 */
export const tolerationSchema = z
  .object({ key: clusterLabelKeySchema, value: labelValue.nullable().default(null) })
  .strict()
  .meta({ id: "Toleration" });
export type Toleration = z.infer<typeof tolerationSchema>;

/**
 * How a suite's shards are spread over the values of a cluster label, counted over the clusters that are ready and
 * fit otherwise: each value gets an even share of what waits. `min`: that many are kept for each value, even one whose
 * clusters are full; `max`: no value ever gets more.
 */
export const spreadSchema = z
  .object({
    label: clusterLabelKeySchema,
    min: z.int().min(0).max(limits.shardsPerSuite).default(0),
    max: z.int().min(1).max(limits.shardsPerSuite).nullable().default(null),
  })
  .strict()
  .refine(({ min, max }) => max === null || min <= max, {
    path: ["min"],
    message: "must not be more than 'max'",
  })
  .meta({ id: "Spread" });
export type Spread = z.infer<typeof spreadSchema>;

/** A path inside the content: relative, `/` as separator, no `..`; the empty string is the root. */
export const contentPathSchema = z
  .string()
  .max(500)
  .refine(
    (path) => path === "" || !(path.startsWith("/") || path.split("/").includes("..") || path.includes("\\")),
    {
      message: "must be a relative path inside the content, with no '..' and no backslash",
    },
  );

const globSchema = contentPathSchema.refine((glob) => glob.length > 0, { message: "must not be empty" });

/** A name people give: suites, clusters, projects. DNS-1123 label, at most 40 characters. */
export const nameSchema = z
  .string()
  .min(1)
  .max(40)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "must be lower-case letters, digits and dashes, as in 'api-tests'",
  );

/**
 * A suite with every default filled in: what `seatrial.yaml` becomes and what a run stores.
 * `tool` needs a content; without a tool, `image` and `command` are required.
 */
export const suiteSpecSchema = z
  .object({
    name: nameSchema,
    tool: z.enum(suiteTools).nullable(),
    /** Container image. Null: the preset's image, set in the hub's configuration. */
    image: z.string().min(1).max(500).nullable(),
    /** Argument vector of the main container; null with a tool. `${shard.*}` stays literal here: the pod has variables. */
    command: z.array(z.string().max(10_000)).min(1).max(100).nullable(),
    /** Extra arguments for a preset's tool. */
    arguments: z.array(z.string().max(1_000)).max(100).default([]),
    path: contentPathSchema.default(""),
    shards: z.int().min(1).max(limits.shardsPerSuite).default(1),
    clusters: z
      .object({
        labels: labelsSchema.default({}),
        tolerate: z.array(tolerationSchema).max(20).default([]),
        spread: spreadSchema.nullable().default(null),
        /** One copy of the suite in each value of this cluster label; `cluster`: in each cluster. */
        each: clusterLabelKeySchema.nullable().default(null),
      })
      .default({ labels: {}, tolerate: [], spread: null, each: null }),
    resources: z
      .object({
        /** Thousandths of a core. */
        cpuMillis: z.int().min(10).max(64_000).default(250),
        memoryBytes: z
          .int()
          .min(16 * 1_048_576)
          .max(256 * 1024 ** 3)
          .default(512 * 1_048_576),
      })
      .default({ cpuMillis: 250, memoryBytes: 512 * 1_048_576 }),
    /** More attempts for red tests. */
    retries: z.int().min(0).max(5).default(0),
    /** More attempts for work that was lost or errored for reasons outside the tests. */
    infrastructureRetries: z.int().min(0).max(10).default(3),
    reports: z.object({ junit: z.array(globSchema).max(20).default([]) }).default({ junit: [] }),
    artifacts: z.array(globSchema).max(50).default([]),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), z.string().max(10_000))
      .refine((env) => Object.keys(env).length <= 100, { message: "at most 100 variables" })
      .refine((env) => !Object.keys(env).some((key) => key.startsWith("SEATRIAL_")), {
        message: "names that start with SEATRIAL_ are set by Seatrial",
      })
      .default({}),
    timeoutSeconds: z.int().min(1).max(86_400).default(1_800),
  })
  .strict()
  .superRefine((suite, context) => {
    if (suite.tool === null && (suite.image === null || suite.command === null))
      context.addIssue({
        code: "custom",
        path: ["image"],
        message: "a suite without 'tool' needs 'image' and 'command'",
      });
    if (suite.tool !== null && suite.command !== null)
      context.addIssue({
        code: "custom",
        path: ["command"],
        message: "'tool' brings its own command: use 'arguments', or drop 'tool'",
      });
  })
  .meta({ id: "SuiteSpec" });

export type SuiteSpec = z.infer<typeof suiteSpecSchema>;
export type SuiteSpecInput = z.input<typeof suiteSpecSchema>;
