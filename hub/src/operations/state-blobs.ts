import { randomBytes } from "node:crypto";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { OperationRow } from "../environments/environment-row.ts";

const folderOf = (projectId: string, environmentId: string) => `states/${projectId}/${environmentId}/`;

/** A key that no other try to store a state ever uses. */
export function newStateBlobKey({ id, projectId, environmentId }: OperationRow): string {
  return `${folderOf(projectId, environmentId)}${id}-${randomBytes(6).toString("hex")}`;
}

/** Removes every state of an environment, those too that a crash left behind unnamed. */
export async function deleteStates(
  blobs: BlobStore,
  { id, projectId }: { id: string; projectId: string },
): Promise<void> {
  const keys: string[] = [];
  for await (const key of blobs.list(folderOf(projectId, id))) keys.push(key);
  for (const key of keys) await blobs.delete(key);
}
