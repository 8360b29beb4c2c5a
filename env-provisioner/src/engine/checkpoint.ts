import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { type ObjectOutputs, referenceOf } from "../kubernetes-provider/object-identity.ts";

/** A resource in the engine's state (sdk/go/common/apitype ResourceV3): what is read or mended here. */
export type CheckpointResource = {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  delete?: boolean;
  pendingReplacement?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
  [key: string]: unknown;
};

export type PendingOperation = { type: string; resource: CheckpointResource };

export type Checkpoint = {
  version: number;
  checkpoint: {
    stack?: string;
    latest?: {
      resources?: CheckpointResource[];
      pending_operations?: PendingOperation[];
      secrets_providers?: unknown;
      [key: string]: unknown;
    };
    [key: string]: unknown;
  };
  [key: string]: unknown;
};

/** Reads a checkpoint; null for bytes that are none, such as of a file that was being written. */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint | null {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString("utf8")) as Checkpoint;
    return typeof value?.checkpoint === "object" && value.checkpoint !== null ? value : null;
  } catch {
    return null;
  }
}

export function serializeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return Buffer.from(JSON.stringify(checkpoint));
}

/** The checkpoint of an environment of which nothing was made yet. */
export function emptyCheckpoint(stack: string): Checkpoint {
  return { version: 3, checkpoint: { stack } };
}

/** The Kubernetes objects a checkpoint holds. */
export function kubernetesResources(checkpoint: Checkpoint): CheckpointResource[] {
  const resources = checkpoint.checkpoint.latest?.resources ?? [];
  return resources.filter((resource) => resource.custom && resource.type.startsWith("kubernetes:"));
}

/** What the checkpoint says is in the cluster, each object once. */
export function objectsOf(checkpoint: Checkpoint): ObjectReference[] {
  const objects = new Map<string, ObjectReference>();
  for (const { outputs } of kubernetesResources(checkpoint)) {
    const named = outputs as ObjectOutputs | undefined;
    if (!named?.metadata?.name) continue;
    const reference = referenceOf(named);
    objects.set(JSON.stringify({ ...reference, uid: null }), reference);
  }
  return [...objects.values()];
}
