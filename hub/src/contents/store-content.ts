import { randomUUID } from "node:crypto";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { StoredBlob } from "../blobs/blob-store.ts";
import { contents } from "../database/schema/projects.ts";
import { transact } from "../database/transact.ts";
import { createArchiveCheck } from "./check-archive.ts";
import { type ContentView, findContent } from "./find-content.ts";

/**
 * Stores a content under its digest while checking it (see `createArchiveCheck`). One that is there already is left
 * alone and its body not read. On any refusal nothing is stored: `content_unsafe`, `payload_too_large`,
 * `invalid_request` when the bytes have another digest.
 */
export async function storeContent(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  sha256: string,
  body: ReadableStream<Uint8Array> | null,
): Promise<{ created: boolean; content: ContentView }> {
  const known = await findContent(deps.database, project.id, sha256);
  if (known !== undefined) {
    await body?.cancel();
    return { created: false, content: known };
  }
  if (body === null) throw new SeatrialError("content_unsafe", "The body is empty: send a gzip tar archive.");
  // Under a name of its own until it is known to be good.
  const incoming = `incoming/${randomUUID()}`;
  try {
    const stored = await receive(deps, incoming, body);
    if (stored.sha256 !== sha256) throw wrongDigest(stored.sha256);
    return await keep(deps, caller, project, incoming, stored);
  } catch (error) {
    await deps.blobs.delete(incoming);
    throw error;
  }
}

async function receive(deps: HubDeps, key: string, body: ReadableStream<Uint8Array>): Promise<StoredBlob> {
  const check = createArchiveCheck();
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      await check.write(chunk);
      yield chunk;
    }
    await check.end();
  }
  try {
    return await deps.blobs.put(key, checked(), { maxBytes: limits.contentArchiveBytes });
  } finally {
    check.abort();
  }
}

async function keep(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  incoming: string,
  stored: StoredBlob,
): Promise<{ created: boolean; content: ContentView }> {
  const at = deps.clock.now();
  const { sha256, bytes } = stored;
  const blobKey = `contents/${project.id}/${sha256}`;
  await deps.blobs.move(incoming, blobKey);
  const created = await transact(deps, async (tx) => {
    const id = newId("content");
    const rows = await tx
      .insert(contents)
      .values({ id, projectId: project.id, sha256, bytes, blobKey, createdAt: at })
      .onConflictDoNothing()
      .returning();
    if (rows.length === 0) return false;
    const data = { sha256, bytes };
    const { actor } = caller;
    await writeAudit(tx, { projectId: project.id, at, actor, action: "content.store", subject: id, data });
    return true;
  });
  return { created, content: { sha256, bytes, createdAt: at.toISOString() } };
}

function wrongDigest(actual: string): SeatrialError {
  const message = `the body's SHA-256 is ${actual}: send the bytes that belong to the digest`;
  const fields = [{ path: "/param/sha256", message }];
  return new SeatrialError("invalid_request", `/param/sha256: ${message}`, { fields });
}
