import type { BlobStore } from "./blob-store.ts";

/** All bytes of a blob that the hub made and that is small enough for memory. A missing one is a fault, and throws. */
export async function readBlob(blobs: BlobStore, key: string): Promise<Uint8Array> {
  const stream = await blobs.get(key);
  if (stream === undefined) throw new Error(`blob ${key} is missing`);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
