import type { ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { HelperSpec } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { limits } from "@seatrial/contracts/limits.ts";

export type EnvVar = { name: string; value: string };

/** Where containers of a pod with the helper meet. */
export const sharedFolder = "/seatrial";

/**
 * Kubernetes replaces `$(NAME)` in commands and variables, and reads `$$` as one `$`. Doubling each keeps the text as
 * its author wrote it.
 */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/**
 * How long the collector may try after the tests: a hub that is away for two minutes costs no result. Its pod's own
 * grace is a little longer, so that it can still say what it did not bring. It is not longer because tests that ignore
 * the end at their timeout run on for that grace, and a node shortens no grace that has begun.
 */
export const collectSeconds = 140;

/** Puts the shard's numbers where the suite says `${shard.index}` or `${shard.count}`. */
export function withShard(text: string, work: ShardWork): string {
  return text
    .replaceAll("${" + "shard.index}", String(work.shardIndex))
    .replaceAll("${" + "shard.count}", String(work.shardCount));
}

/** What the helper is told of the suite. */
export function helperSpecOf(work: ShardWork): HelperSpec {
  return {
    content: work.content,
    cases: work.cases,
    tool: work.tool,
    mode: work.mode === "list" ? "list" : "run",
    path: work.path,
    args: work.arguments.map((argument) => withShard(argument, work)),
    reports: work.reports,
    artifacts: work.artifacts,
    graceSeconds: collectSeconds,
    limits: {
      contentBytes: limits.contentUnpackedBytes,
      contentEntries: limits.contentEntries,
      reportBytes: limits.reportBytes,
      artifactBytes: limits.artifactBytes,
      artifactFiles: limits.artifactFiles,
    },
  };
}

/** Variables as Kubernetes takes them, values literal. */
export function envVars(values: Record<string, string>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: literal(value) }));
}

/** The main container's variables: the suite's own, then Seatrial's, which nothing overrides. */
export function mainEnv(work: ShardWork, helper: boolean): EnvVar[] {
  const own = Object.entries(work.env).map(([name, value]) => [name, withShard(value, work)]);
  return envVars({
    // The user that runs has no home of its own in most images.
    HOME: "/tmp",
    ...Object.fromEntries(own),
    SEATRIAL_SHARD_INDEX: String(work.shardIndex),
    SEATRIAL_SHARD_COUNT: String(work.shardCount),
    ...(helper
      ? {
          SEATRIAL_WORK: `${sharedFolder}/work`,
          SEATRIAL_OUT: `${sharedFolder}/out`,
          SEATRIAL_SPEC: JSON.stringify(helperSpecOf(work)),
        }
      : {}),
  });
}
