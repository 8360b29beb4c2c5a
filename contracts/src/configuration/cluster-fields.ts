import { z } from "zod";
import { limits } from "../limits.ts";
import { clusterLabelKeySchema, type SuiteSpecInput } from "../suites/suite-spec.ts";

const tolerationPattern = /^[a-z0-9A-Z]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?(=[^=\s]{0,63})?$/;
const toleration = z
  .string()
  .regex(tolerationPattern)
  .meta({ write: "a key, or a key with its value, as in gpu or team=payments" });

/** `tolerate` of suites and environments. */
export const tolerateField = z
  .array(toleration)
  .max(20)
  .optional()
  .meta({
    description:
      "Taints that it stands. A cluster with a taint that is not listed here takes nothing of it. A key alone stands each value.",
    examples: [["gpu", "team=payments"]],
    write: "a list of keys, or keys with their value, as in [gpu, team=payments]",
  });

const label = clusterLabelKeySchema.meta({
  description: "The label of the clusters; `cluster` is their name.",
  examples: ["region"],
  write: "the label of a cluster, as in region",
});

/** `spread` of suites. */
export const spreadField = z
  .union([
    label,
    z.strictObject({
      label,
      min: z
        .int()
        .min(0)
        .max(limits.shardsPerSuite)
        .optional()
        .meta({
          description:
            "So many shards are kept for each value that has a ready cluster, even a full one. Default: 0.",
          examples: [1],
          write: "a whole number, as in 1",
        }),
      max: z
        .int()
        .min(1)
        .max(limits.shardsPerSuite)
        .optional()
        .meta({
          description: "No value ever gets more. Default: no limit.",
          examples: [4],
          write: "a whole number from 1 on, as in 4",
        }),
    }),
  ])
  .optional()
  .meta({
    description:
      "Deals the suite's shards evenly over the values of this cluster label, among the clusters that are ready and have room.",
    examples: ["region"],
    write: "the label of a cluster, or keys and values, as in region or {label: region, min: 1, max: 4}",
  });

type Clusters = NonNullable<SuiteSpecInput["clusters"]>;

/** `[gpu, team=payments]` as tolerations. */
export function resolveTolerations(
  written: readonly string[] | undefined,
): NonNullable<Clusters["tolerate"]> {
  return (written ?? []).map((text) => {
    const [key = "", value = null] = text.split("=");
    return { key, value };
  });
}

/** `region` as a spread. */
export function resolveSpread(written: z.infer<typeof spreadField>): Clusters["spread"] {
  if (written === undefined) return null;
  return typeof written === "string" ? { label: written } : written;
}
