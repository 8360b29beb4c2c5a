import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Context } from "hono";
import type { BlobStore } from "../blobs/blob-store.ts";

type Sent = {
  key: string;
  contentType: string;
  etag: string;
  /** What is thrown when the blob is gone, instead of `not_found`. */
  missing?: () => SeatrialError;
};

/**
 * Answers with a blob's bytes, or the rest of them for `Range: bytes=N-` (RFC 9110 section 14), so that a broken
 * download goes on. Other ranges get everything. A blob that is gone is `not_found`, or what `missing` says.
 */
export async function sendBlob(c: Context, blobs: BlobStore, sent: Sent): Promise<Response> {
  const { missing = lost } = sent;
  const head = await blobs.head(sent.key);
  if (head === undefined) throw missing();
  const etag = `"${sent.etag}"`;
  const start = rangeStart(c, etag);
  const headers = { "content-type": sent.contentType, etag, "accept-ranges": "bytes" };
  if (start !== null && start >= head.bytes)
    return c.body(null, 416, { ...headers, "content-range": `bytes */${head.bytes}` });
  const stream = await blobs.get(sent.key, { offset: start ?? 0 });
  if (stream === undefined) throw missing();
  const length = { "content-length": String(head.bytes - (start ?? 0)) };
  if (start === null) return c.body(stream, 200, { ...headers, ...length });
  const part = { "content-range": `bytes ${start}-${head.bytes - 1}/${head.bytes}` };
  return c.body(stream, 206, { ...headers, ...length, ...part });
}

/** Where to start, or null for all: no range, one we do not serve, or of other bytes (`If-Range`). */
function rangeStart(c: Context, etag: string): number | null {
  const range = /^bytes=(\d{1,15})-$/.exec(c.req.header("range") ?? "")?.[1];
  const ifRange = c.req.header("if-range");
  return range === undefined || (ifRange !== undefined && ifRange !== etag) ? null : Number(range);
}

function lost(): SeatrialError {
  return new SeatrialError("not_found", "The hub has lost these bytes: upload them again.");
}
