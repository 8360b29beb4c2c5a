import { casesSchema } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { and, desc, eq } from "drizzle-orm";
import type { BlobStore } from "../blobs/blob-store.ts";
import { readBlob } from "../blobs/read-blob.ts";
import type { Queryable } from "../database/database.ts";
import { artifacts, results } from "../database/schema/runs.ts";
import { type CaseResult, missingCases } from "../planning/covered-cases.ts";
import { parseCaseList } from "../reports/parse-case-list.ts";
import type { AttemptContext, RunSuite } from "./attempt-context.ts";
import type { AttemptFacts } from "./decide-attempt.ts";

/** The cases an attempt was to run, or null when its command decides. */
export async function plannedCases(
  blobs: BlobStore,
  { attempt, shard }: Pick<AttemptContext, "attempt" | "shard">,
): Promise<string[] | null> {
  const key = attempt.casesBlobKey ?? shard.casesBlobKey;
  if (key === null) return null;
  const text = new TextDecoder().decode(await readBlob(blobs, key));
  return casesSchema.parse(JSON.parse(text)).cases;
}

export async function readCaseResults(queryable: Queryable, attemptId: string): Promise<CaseResult[]> {
  return queryable
    .select({ case: results.case, file: results.file, outcome: results.outcome })
    .from(results)
    .where(eq(results.attemptId, attemptId));
}

/** The list an attempt uploaded, or null. */
export async function readCaseList(queryable: Queryable, blobs: BlobStore, attemptId: string) {
  const [found] = await queryable
    .select()
    .from(artifacts)
    .where(and(eq(artifacts.attemptId, attemptId), eq(artifacts.kind, "list")))
    .orderBy(desc(artifacts.createdAt), desc(artifacts.id))
    .limit(1);
  return found === undefined ? null : parseCaseList(found.path, await readBlob(blobs, found.blobKey));
}

type ResultFacts = Pick<AttemptFacts, "results" | "redResults" | "missing" | "expectsResults" | "isPreset">;

/** What the results of an attempt say for its verdict. */
export function resultFacts(
  suite: AttemptContext["suite"],
  planned: readonly string[] | null,
  rows: readonly CaseResult[],
): ResultFacts {
  const isRed = ({ outcome }: CaseResult) => outcome === "failed" || outcome === "errored";
  return {
    results: rows.length,
    redResults: rows.filter(isRed).length,
    missing: saysFiles(suite, rows) ? missingCases(planned ?? [], rows) : [],
    isPreset: suite.spec.tool !== null,
    expectsResults: suite.spec.tool !== null || suite.spec.reports.junit.length > 0,
  };
}

/** Node's JUnit reporter names no files before version 22: then nobody can tell which planned file a case is of. */
export function saysFiles({ spec }: Pick<RunSuite, "spec">, rows: readonly CaseResult[]): boolean {
  return spec.tool !== "node" || rows.length === 0 || rows.some(({ file }) => file !== null);
}
