import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { idOf, outputsOf } from "../kubernetes-provider/object-identity.ts";
import { OperationError } from "../operation-error.ts";
import type { KubernetesObject } from "../planned-object.ts";
import {
  type Checkpoint,
  type CheckpointResource,
  type PendingOperation,
  parseCheckpoint,
  serializeCheckpoint,
} from "./checkpoint.ts";
import { locksFolder, stateFile } from "./engine-folder.ts";
import { isRunning } from "./is-running.ts";

/**
 * The state that an operation left behind whose processes were killed, mended; null when it wrote none. Its lock is
 * removed. Throws `lock_held` when its engine still runs: end that first.
 */
export async function recoverState(where: {
  folder: string;
  project: string;
  environmentId: string;
}): Promise<Uint8Array | null> {
  await removeDeadLocks(locksFolder(where));
  const file = stateFile(where);
  if (!existsSync(file)) return null;
  const checkpoint = parseCheckpoint(await readFile(file));
  return checkpoint && serializeCheckpoint(mendCheckpoint(checkpoint));
}

/**
 * A checkpoint that the engine can go on from. Each operation that had begun may have arrived at the cluster: objects
 * that were being made are taken in, and all that was under way counts as not ready, so that it is applied again.
 * Without that the engine would forget what was being made and trust what was being changed.
 */
export function mendCheckpoint(checkpoint: Checkpoint): Checkpoint {
  const { latest } = checkpoint.checkpoint;
  if (!latest?.pending_operations?.length) return checkpoint;
  const { pending_operations: pending, resources = [], ...rest } = latest;
  const mended = pending.reduce(takeIn, resources);
  return {
    ...checkpoint,
    checkpoint: { ...checkpoint.checkpoint, latest: { ...rest, resources: mended } },
  };
}

function takeIn(resources: CheckpointResource[], { type, resource }: PendingOperation): CheckpointResource[] {
  const initErrors = [`interrupted: ${type}`];
  const at = resources.findIndex(({ urn, delete: isOld }) => urn === resource.urn && !isOld);
  const known = resources[at];
  if (known && !known.pendingReplacement)
    return resources.with(at, known.id ? { ...known, initErrors } : known);
  const object = resource.inputs as KubernetesObject | undefined;
  if (type !== "creating" || !object?.metadata?.name) return resources;
  const made = {
    ...resource,
    id: resource.id || idOf(object),
    outputs: outputsOf(object, undefined),
    initErrors,
  };
  return known ? resources.with(at, made) : [...resources, made];
}

/**
 * A checkpoint without its secrets and the key they need. For a removal: it needs none, and one whose key is lost would
 * otherwise be refused.
 */
export function withoutSecrets(checkpoint: Checkpoint): Checkpoint {
  const { latest } = checkpoint.checkpoint;
  if (!latest) return checkpoint;
  const { secrets_providers: _, ...rest } = latest;
  return { ...checkpoint, checkpoint: { ...checkpoint.checkpoint, latest: blank(rest) as typeof latest } };
}

function blank(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blank);
  if (typeof value !== "object" || value === null) return value;
  if ("ciphertext" in value) return null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, blank(inner)]));
}

/** A lock names its process; one that is dead holds nothing. */
async function removeDeadLocks(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { pid } = JSON.parse(await readFile(file, "utf8").catch(() => "{}")) as { pid?: number };
    if (pid !== undefined && (await isRunning(pid)))
      throw new OperationError("lock_held", `The engine of process ${pid} still holds the lock ${file}`);
    await rm(file, { force: true });
  }
}
