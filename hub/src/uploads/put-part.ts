import type { UploadKind } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { and, count, eq, ne } from "drizzle-orm";
import type { Queryable, Transaction } from "../database/database.ts";
import { uploads, workItems } from "../database/schema/work.ts";
import type { WorkItem } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { isLive, leaseStale, noteReceived } from "../leases/open-lease.ts";
import { completeUpload } from "./complete-upload.ts";

export type UploadPart = {
  kind: UploadKind;
  path: string;
  offset: number;
  isLast: boolean;
  bytes: Uint8Array;
};
export type UploadPosition = { offset: number; isComplete: boolean };
export type Upload = typeof uploads.$inferSelect;

/**
 * Takes the next part of a file; with the last one the file is parsed and stored, all or nothing. A file that was
 * complete before is replaced when it starts again at 0. Errors: `upload_offset` with the fact `offset`,
 * `lease_stale`, `report_invalid` (then the whole upload is forgotten).
 */
export async function putPart(deps: LeaseDeps, item: WorkItem, part: UploadPart): Promise<UploadPosition> {
  const { leaseId } = item;
  if (leaseId === null) throw leaseStale("");
  const before = await findUpload(deps.database, leaseId, part.kind, part.path);
  const isFresh = before === null || (before.complete && part.offset === 0);
  const expected = isFresh ? 0 : before.receivedBytes;
  if (part.offset !== expected) throw wrongOffset(part.path, expected);
  if (before === null) await checkFileCount(deps.database, leaseId, part.kind);
  const key = `uploads/${leaseId}/${crypto.randomUUID()}`;
  await deps.blobs.put(key, part.bytes);
  const partKeys = [...(isFresh ? [] : before.partKeys), key];
  const received = part.offset + part.bytes.byteLength;
  if (part.isLast) return completeUpload(deps, item, part, { before, partKeys, received });
  try {
    await deps.database.transaction(async (transaction) => {
      const tx = transaction as Transaction;
      await lockUpload(tx, deps, leaseId, part, before);
      await writeUpload(tx, item, part, { received, partKeys, isComplete: false, at: deps.clock.now() });
    });
  } catch (error) {
    // No row names these bytes, so no sweep would find them.
    await deps.blobs.delete(key);
    throw error;
  }
  return { offset: received, isComplete: false };
}

/** How much of a file is there. */
export async function uploadPosition(
  queryable: Queryable,
  leaseId: string,
  kind: UploadKind,
  path: string,
): Promise<UploadPosition> {
  const found = await findUpload(queryable, leaseId, kind, path);
  return { offset: found?.receivedBytes ?? 0, isComplete: found?.complete ?? false };
}

async function findUpload(
  queryable: Queryable,
  leaseId: string,
  kind: UploadKind,
  path: string,
): Promise<Upload | null> {
  const ofFile = and(eq(uploads.leaseId, leaseId), eq(uploads.kind, kind), eq(uploads.path, path));
  const [found] = await queryable.select().from(uploads).where(ofFile);
  return found ?? null;
}

/** Locks the lease and makes sure that nobody else went on with this file meanwhile. */
export async function lockUpload(
  tx: Transaction,
  deps: LeaseDeps,
  leaseId: string,
  { kind, path }: UploadPart,
  before: Upload | null,
): Promise<void> {
  const [item] = await tx.select().from(workItems).where(eq(workItems.leaseId, leaseId)).for("update");
  if (item === undefined || !isLive(item)) throw leaseStale(leaseId);
  await noteReceived(tx, item, deps.clock.now());
  const now = await findUpload(tx, leaseId, kind, path);
  const isSame = now?.receivedBytes === before?.receivedBytes && now?.complete === before?.complete;
  if (!isSame) throw wrongOffset(path, now?.receivedBytes ?? 0);
}

export async function writeUpload(
  tx: Transaction,
  item: WorkItem,
  { kind, path }: UploadPart,
  state: { received: number; partKeys: string[]; isComplete: boolean; at: Date },
): Promise<void> {
  const fields = {
    receivedBytes: state.received,
    partKeys: state.partKeys,
    complete: state.isComplete,
    updatedAt: state.at,
  };
  await tx
    .insert(uploads)
    .values({ leaseId: item.leaseId ?? "", projectId: item.projectId, kind, path, ...fields })
    .onConflictDoUpdate({ target: [uploads.leaseId, uploads.kind, uploads.path], set: fields });
}

async function checkFileCount(queryable: Queryable, leaseId: string, kind: UploadKind): Promise<void> {
  const most = kind === "artifact" ? limits.artifactFiles : mostReports;
  const [found] = await queryable
    .select({ files: count() })
    .from(uploads)
    .where(
      and(
        eq(uploads.leaseId, leaseId),
        kind === "artifact" ? eq(uploads.kind, "artifact") : ne(uploads.kind, "artifact"),
      ),
    );
  if ((found?.files ?? 0) >= most)
    throw new SeatrialError("payload_too_large", `An attempt keeps at most ${most} files of this kind.`);
}

/** Report files of one attempt: the helper stops at 1000 of the suite's own, and adds one of the preset. */
const mostReports = 1_001;

function wrongOffset(path: string, offset: number): SeatrialError {
  return new SeatrialError(
    "upload_offset",
    `The upload of ${JSON.stringify(path.slice(0, 200))} goes on at byte ${offset}.`,
    { facts: { offset } },
  );
}
