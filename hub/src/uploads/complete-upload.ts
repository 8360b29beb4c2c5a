import type { UploadKind } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { and, eq } from "drizzle-orm";
import type { BlobStore, StoredBlob } from "../blobs/blob-store.ts";
import { readBlob } from "../blobs/read-blob.ts";
import type { Transaction } from "../database/database.ts";
import { artifacts } from "../database/schema/runs.ts";
import { uploads, workItems } from "../database/schema/work.ts";
import { readAttempt, type WorkItem } from "../leases/attempt-context.ts";
import { plannedCases } from "../leases/attempt-results.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { parseCaseList } from "../reports/parse-case-list.ts";
import { parseJournal } from "../reports/parse-journal.ts";
import { parseJunit } from "../reports/parse-junit.ts";
import type { ParsedResult } from "../reports/parsed-result.ts";
import { withPlannedFiles } from "../reports/relative-files.ts";
import { replaceResults } from "../reports/store-results.ts";
import { lockUpload, type Upload, type UploadPart, type UploadPosition, writeUpload } from "./put-part.ts";

type Parts = { before: Upload | null; partKeys: string[]; received: number };

/**
 * Ends an upload: reads the file from its parts, stores it as one blob and its results with it, in one transaction.
 * A report that is refused leaves nothing behind, so a corrected one may follow.
 */
export async function completeUpload(
  deps: LeaseDeps,
  item: WorkItem,
  part: UploadPart,
  { before, partKeys, received }: Parts,
): Promise<UploadPosition> {
  const { blobs } = deps;
  const id = newId("artifact");
  const blobKey = `artifacts/${item.projectId}/${item.attemptId}/${id}`;
  let replaced: string | null;
  try {
    const results = await parse(deps, item, part, partKeys);
    const stored = await blobs.put(blobKey, readParts(blobs, partKeys));
    replaced = await deps.database.transaction(async (transaction) => {
      const tx = transaction as Transaction;
      await lockUpload(tx, deps, item.leaseId ?? "", part, before);
      const at = deps.clock.now();
      await writeUpload(tx, item, part, { received, partKeys: [], isComplete: true, at });
      if (results !== null) await replaceResults(tx, ownerOf(item), `${part.kind}:${part.path}`, results);
      return writeArtifact(tx, item, part, { id, blobKey, stored, at });
    });
  } catch (error) {
    if (await isUnnamed(deps, item, blobKey)) await blobs.delete(blobKey);
    await forget(deps, item, part);
    throw error;
  } finally {
    for (const key of partKeys) await blobs.delete(key);
  }
  // Only now: from here on a failure leaves bytes that no row names, which is harmless.
  if (replaced !== null) await blobs.delete(replaced);
  return { offset: received, isComplete: true };
}

const ownerOf = ({ attemptId, runId, projectId }: WorkItem) => ({ attemptId, runId, projectId });

async function* readParts(blobs: BlobStore, keys: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const key of keys) {
    const stream = await blobs.get(key);
    if (stream === undefined) throw new Error(`part ${key} of an upload is missing`);
    yield* stream;
  }
}

/** The results in a report; null for a file that brings none. */
async function parse(
  deps: LeaseDeps,
  item: WorkItem,
  { kind, path }: UploadPart,
  keys: readonly string[],
): Promise<ParsedResult[] | null> {
  if (kind === "artifact") return null;
  if (kind === "journal") return parseJournal(path, readParts(deps.blobs, keys));
  if (kind === "list") {
    const pieces = await Promise.all(keys.map((key) => readBlob(deps.blobs, key)));
    parseCaseList(path, Buffer.concat(pieces));
    return null;
  }
  const results = await parseJunit(path, readParts(deps.blobs, keys));
  const context = await readAttempt(deps.database, item.attemptId);
  if (!countsAsResults(context.suite.spec.tool, path)) return null;
  return withPlannedFiles(results, (await plannedCases(deps.blobs, context)) ?? []);
}

/**
 * A preset's own report says all there is; a JUnit file that its suite writes besides would count each case twice, so
 * it is only kept. Without a preset, JUnit files are the results.
 */
function countsAsResults(tool: string | null, path: string): boolean {
  return tool === null || path === `junit-${tool}.xml`;
}

type StoredArtifact = { id: string; blobKey: string; stored: StoredBlob; at: Date };

/** Writes the file's row and answers the key of the bytes that it replaces, or null. */
async function writeArtifact(
  tx: Transaction,
  item: WorkItem,
  { kind, path }: { kind: UploadKind; path: string },
  { id, blobKey, stored, at }: StoredArtifact,
): Promise<string | null> {
  const ofFile = and(
    eq(artifacts.attemptId, item.attemptId),
    eq(artifacts.kind, kind),
    eq(artifacts.path, path),
  );
  const [known] = await tx.select({ blobKey: artifacts.blobKey }).from(artifacts).where(ofFile);
  const values = { ...stored, blobKey, createdAt: at };
  if (known === undefined) await tx.insert(artifacts).values({ id, ...ownerOf(item), kind, path, ...values });
  else await tx.update(artifacts).set(values).where(ofFile);
  return known?.blobKey ?? null;
}

/**
 * Whether it is proved that no row names these bytes. A commit whose answer was lost may have happened, or may still
 * happen: it holds the lease's row, so this waits for its end. What cannot be proved is no: bytes too many are harmless.
 */
async function isUnnamed(deps: LeaseDeps, item: WorkItem, blobKey: string): Promise<boolean> {
  try {
    return await deps.database.transaction(async (tx) => {
      await tx
        .select({ id: workItems.id })
        .from(workItems)
        .where(eq(workItems.leaseId, item.leaseId ?? ""))
        .for("update");
      const ofAttempt = eq(artifacts.attemptId, item.attemptId);
      const named = await tx
        .select({ id: artifacts.id })
        .from(artifacts)
        .where(and(ofAttempt, eq(artifacts.blobKey, blobKey)));
      return named.length === 0;
    });
  } catch {
    return false;
  }
}

/** Forgets an upload that failed at its end, unless the file was complete before. */
async function forget(deps: LeaseDeps, item: WorkItem, { kind, path }: UploadPart): Promise<void> {
  await deps.database
    .delete(uploads)
    .where(
      and(
        eq(uploads.leaseId, item.leaseId ?? ""),
        eq(uploads.kind, kind),
        eq(uploads.path, path),
        eq(uploads.complete, false),
      ),
    );
}
