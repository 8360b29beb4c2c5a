import type { ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { deleteObject } from "./delete-object.ts";
import { findClusterObjects } from "./find-cluster-objects.ts";
import { type FoundObject, isKept, pathOfObject } from "./found-object.ts";
import { listFound } from "./list-found.ts";
import type { RemovalPass } from "./removal-pass.ts";

const shortestWait = 100;
const longestWait = 1_000;

/**
 * Asks for the deletion of everything that an operator looks after, while its operator and its webhooks still run:
 * they may be in the very namespace that goes next. Waits at most so many seconds. True when all of it is gone.
 */
export async function removeCustomResources(pass: RemovalPass, seconds: number): Promise<boolean> {
  const { clock, signal } = pass.request;
  const until = clock.elapsed() + seconds * 1_000;
  let isFirst = true;
  for (let wait = shortestWait; ; wait = Math.min(longestWait, wait * 2)) {
    const left = await findCustomResources(pass, isFirst);
    if (left.length === 0) return true;
    if (isFirst) await deleteEach(pass, left);
    isFirst = false;
    if (clock.elapsed() >= until) return false;
    await clock.sleep(wait, signal);
    signal?.throwIfAborted();
  }
}

/** Once a namespace is on its way out its operator may be too: what is in there is no longer waited for. */
async function findCustomResources(pass: RemovalPass, isFirst: boolean): Promise<FoundObject[]> {
  const { kube, signal } = pass.request;
  const isCustom = ({ group }: ResourceType) => pass.customGroups.has(group);
  const types = pass.types.types.filter((type) => type.namespaced && isKept(type) && isCustom(type));
  const clusterObjects = isFirst
    ? pass.clusterObjects
    : await findClusterObjects(kube, pass.types, pass.request, signal);
  const left = clusterObjects.filter(({ type }) => isCustom(type));
  for (const { metadata } of pass.namespaces.own)
    if (metadata.deletionTimestamp === undefined)
      left.push(...(await listFound(kube, types, { namespace: metadata.name }, signal)).found);
  return left;
}

async function deleteEach(pass: RemovalPass, left: readonly FoundObject[]): Promise<void> {
  const { kube, signal } = pass.request;
  for (const found of left) {
    const { uid, deletionTimestamp } = found.object.metadata;
    if (deletionTimestamp === undefined)
      await deleteObject(kube, pathOfObject(found), pass.refusals, { uid, signal });
  }
}
