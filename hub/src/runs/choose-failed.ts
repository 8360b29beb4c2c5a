import { casesSchema } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { and, asc, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { readBlob } from "../blobs/read-blob.ts";
import { shards } from "../database/schema/runs.ts";
import type { RunSuite } from "../leases/attempt-context.ts";
import { saysFiles } from "../leases/attempt-results.ts";
import { unprovedCases } from "../planning/covered-cases.ts";
import { lastResults } from "../results/last-results.ts";

export type ChosenSuite = { spec: SuiteSpec; onlyCasesBlobKey: string | null };

/**
 * What of a suite to run again: null when it was green; the cases that are not proved green when they are all that was
 * wrong and the tool can select them; else all of it.
 */
export async function chooseFailed(
  deps: HubDeps,
  project: ProjectRow,
  suite: RunSuite,
  newRunId: string,
): Promise<ChosenSuite | null> {
  const { spec } = suite;
  if (suite.state === "passed") return null;
  const whole = { spec, onlyCasesBlobKey: null };
  const cases = suite.state === "failed" && spec.tool !== null ? await unprovedOf(deps, suite) : null;
  if (cases === null || cases.length === 0) return whole;
  const onlyCasesBlobKey = `cases/${project.id}/${newRunId}/${suite.id}-only.json`;
  await deps.blobs.put(onlyCasesBlobKey, new TextEncoder().encode(JSON.stringify({ cases })));
  // Fewer cases may not fill the shards, and an empty shard is an error of the plan.
  return { spec: { ...spec, shards: Math.min(spec.shards, cases.length) }, onlyCasesBlobKey };
}

/**
 * Of each shard that did not pass what its last words do not prove; of one that could not tell these may be all of its
 * cases. Null when what a shard was to run is not known.
 */
async function unprovedOf(deps: HubDeps, suite: RunSuite): Promise<string[] | null> {
  const rows = await deps.database
    .select({ id: shards.id, state: shards.state, key: shards.casesBlobKey })
    .from(shards)
    .where(and(eq(shards.suiteId, suite.id), eq(shards.kind, "test")))
    .orderBy(asc(shards.index));
  const results = Map.groupBy(await lastResults(deps.database, suite.id), ({ shardId }) => shardId);
  const unproved: string[] = [];
  for (const { id, state, key } of rows) {
    if (state === "passed") continue;
    if (key === null) return null;
    const { cases } = casesSchema.parse(
      JSON.parse(new TextDecoder().decode(await readBlob(deps.blobs, key))),
    );
    const own = results.get(id) ?? [];
    unproved.push(...(saysFiles(suite, own) ? unprovedCases(cases, own) : cases));
  }
  return unproved;
}
