import { deleteObject } from "./delete-object.ts";
import { type FoundObject, pathOfObject } from "./found-object.ts";
import type { RemovalPass } from "./removal-pass.ts";

/**
 * Cluster-scoped objects that call into the environment's namespace. They go before it, or they would refuse its
 * deletion (webhooks) or hide what it holds (APIServices) as soon as their pods are gone.
 */
const callingIn = new Set(["admissionregistration.k8s.io", "apiregistration.k8s.io"]);

const isCallingIn = ({ type }: FoundObject) => callingIn.has(type.group);

export function removeCallingObjects(pass: RemovalPass): Promise<void> {
  return removeEach(pass, pass.clusterObjects.filter(isCallingIn));
}

/** Everything cluster-scoped, by UID; volumes apart, whose provisioner deletes them with their content. */
export function removeClusterObjects(pass: RemovalPass): Promise<void> {
  return removeEach(pass, pass.clusterObjects);
}

async function removeEach(pass: RemovalPass, objects: readonly FoundObject[]): Promise<void> {
  const { kube, signal } = pass.request;
  for (const found of objects) {
    const { uid, deletionTimestamp } = found.object.metadata;
    if (deletionTimestamp === undefined)
      await deleteObject(kube, pathOfObject(found), pass.refusals, { uid, signal });
  }
}
