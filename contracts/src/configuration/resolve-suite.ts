import { type SuiteSpec, suiteSpecSchema } from "../suites/suite-spec.ts";
import { resolveSpread, resolveTolerations } from "./cluster-fields.ts";
import type { ConfiguredSuite } from "./configuration-schema.ts";
import { parseCpuMillis, parseDurationSeconds, parseMemoryBytes } from "./quantities.ts";
import { shellCommand } from "./variables.ts";

/**
 * A suite of a checked file with every default filled in. `${change.*}` and `${shard.*}` stay as they are; see
 * `fillChange`. Throws a ZodError when the file was not checked by `configurationSchema` before.
 */
export function resolveSuite(name: string, written: ConfiguredSuite): SuiteSpec {
  const { clusters, command, resources, reports, timeout, ...same } = written;
  const cpuMillis = resources?.cpu === undefined ? null : parseCpuMillis(resources.cpu);
  const memoryBytes = resources?.memory === undefined ? null : parseMemoryBytes(resources.memory);
  const junit = reports?.junit ?? [];
  return suiteSpecSchema.parse({
    ...same,
    name,
    tool: written.tool ?? null,
    image: written.image ?? null,
    command: typeof command === "string" ? shellCommand(command) : (command ?? null),
    clusters: {
      ...clusters,
      tolerate: resolveTolerations(clusters?.tolerate),
      spread: resolveSpread(clusters?.spread),
    },
    resources: {
      ...(cpuMillis === null ? {} : { cpuMillis }),
      ...(memoryBytes === null ? {} : { memoryBytes }),
    },
    reports: { junit: typeof junit === "string" ? [junit] : junit },
    ...(timeout === undefined ? {} : { timeoutSeconds: parseDurationSeconds(timeout) }),
  });
}
