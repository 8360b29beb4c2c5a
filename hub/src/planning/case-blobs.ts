import type { BlobStore } from "../blobs/blob-store.ts";

/** Stores the cases of a shard or of a retry under a key that its caller can make again, so a repeat replaces it. */
export async function putCases(blobs: BlobStore, key: string, cases: readonly string[]): Promise<string> {
  await blobs.put(key, new TextEncoder().encode(JSON.stringify({ cases })));
  return key;
}

/** Where the cases of a suite's shard are kept. `index` is the shard's number. */
export function shardCasesKey(projectId: string, suiteId: string, index: number): string {
  return `cases/${projectId}/${suiteId}/shard-${index}.json`;
}

/** Where the cases of a retry are kept. `number` is the attempt's. */
export function retryCasesKey(projectId: string, shardId: string, number: number): string {
  return `cases/${projectId}/${shardId}/attempt-${number}.json`;
}
