/**
 * Where bytes live: logs, artifacts, reports, contents. Keys are paths of letters, digits and `._-` (see
 * `assertBlobKey`); nothing a pull request writes ever becomes part of a key.
 */
export type BlobStore = {
  /**
   * Stores bytes under a key, all or nothing, replacing what was there. A stream that fails, or that grows beyond
   * `maxBytes` (`payload_too_large`), leaves nothing.
   */
  put(key: string, content: BlobContent, options?: PutOptions): Promise<StoredBlob>;
  /** The bytes, or undefined when there is no such blob. `range` is from `offset`, `length` bytes at most. */
  get(
    key: string,
    range?: { offset: number; length?: number },
  ): Promise<ReadableStream<Uint8Array> | undefined>;
  head(key: string): Promise<{ bytes: number } | undefined>;
  /** Deletes the blob; one that is not there is fine. */
  delete(key: string): Promise<void>;
  /** Keys that start with the prefix, in ascending order of their characters. */
  list(prefix: string): AsyncIterable<string>;
  /** A key's content under another key; throws when there is none. */
  move(from: string, to: string): Promise<void>;
};

export type BlobContent = Uint8Array | AsyncIterable<Uint8Array>;
export type PutOptions = { readonly maxBytes?: number };
/** What was stored: its size and the SHA-256 (hex) of its bytes. */
export type StoredBlob = { readonly bytes: number; readonly sha256: string };
