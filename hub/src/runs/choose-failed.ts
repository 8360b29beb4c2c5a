import { casesSchema } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { and, asc, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { readBlob } from "../blobs/read-blob.ts";
import { type runSuites, shards } from "../database/schema/runs.ts";
import { redCases } from "../planning/covered-cases.ts";
import { lastResults } from "../results/last-results.ts";

export type ChosenSuite = { spec: SuiteSpec; onlyCasesBlobKey: string | null };

/**
 * What of a suite to run again: null when it was green; its red cases when they are all that was wrong and the tool
 * can select them; else all of it.
 */
export async function chooseFailed(
  deps: HubDeps,
  project: ProjectRow,
  suite: typeof runSuites.$inferSelect,
  newRunId: string,
): Promise<ChosenSuite | null> {
  const { spec } = suite;
  if (suite.state === "passed") return null;
  if (suite.state !== "failed" || spec.tool === null) return { spec, onlyCasesBlobKey: null };
  const red = redCases(await plannedCases(deps, suite.id), await lastResults(deps.database, suite.id));
  if (red.length === 0) return { spec, onlyCasesBlobKey: null };
  const onlyCasesBlobKey = `cases/${project.id}/${newRunId}/${suite.id}-only.json`;
  await deps.blobs.put(onlyCasesBlobKey, new TextEncoder().encode(JSON.stringify({ cases: red })));
  // Fewer cases may not fill the shards, and an empty shard is an error of the plan.
  return { spec: { ...spec, shards: Math.min(spec.shards, red.length) }, onlyCasesBlobKey };
}

async function plannedCases(deps: HubDeps, suiteId: string): Promise<string[]> {
  const rows = await deps.database
    .select({ key: shards.casesBlobKey })
    .from(shards)
    .where(and(eq(shards.suiteId, suiteId), eq(shards.kind, "test")))
    .orderBy(asc(shards.index));
  const planned: string[] = [];
  for (const { key } of rows) {
    const bytes = key === null ? undefined : await readBlob(deps.blobs, key);
    if (bytes !== undefined)
      planned.push(...casesSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).cases);
  }
  return planned;
}
