import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { pathOfType, type ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { watchUntil } from "@seatrial/kube-link/watch-until.ts";
import type { KubernetesObject } from "../planned-object.ts";
import type { LiveObject } from "./live-object.ts";
import { isOurs, pathOf, readObject } from "./look-first.ts";
import { patiently } from "./patiently.ts";
import type { ProviderDeps } from "./provider-types.ts";

/**
 * Deletes what this environment made and waits until it is gone. Something of the same name that is not ours, or that
 * has another UID than the recorded one, is left alone: ours is gone then. A type that is not served has no objects.
 */
export async function deleteObject(
  deps: ProviderDeps,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<void> {
  const type = await patiently(() => deps.findType(object.apiVersion, object.kind), signal);
  if (type === null) return;
  const live = await patiently(() => readObject(deps, type, object, signal), signal);
  if (live === null || !isOurs(deps, live)) return;
  const recorded = object.metadata.uid;
  if (recorded !== undefined && recorded !== live.metadata.uid) return;
  try {
    const preconditions = { uid: live.metadata.uid };
    await deps.kube.remove(
      pathOf(type, object),
      { propagationPolicy: "Background", preconditions },
      { signal },
    );
  } catch (error) {
    if (hasStatus(error, 404)) return;
    // Another object took its name between the look and the deletion.
    if (!hasStatus(error, 409)) throw error;
  }
  await untilGone(deps, type, live, signal);
}

/** Resolves when no object with this name and UID is there. */
export function untilGone(
  deps: ProviderDeps,
  type: ResourceType,
  live: LiveObject,
  signal: AbortSignal,
): Promise<true> {
  const { name, namespace = null, uid } = live.metadata;
  return watchUntil<LiveObject, true>(deps.kube, {
    path: pathOfType(type, namespace),
    query: { fieldSelector: `metadata.name=${name}` },
    signal,
    decide: (objects) => (objects.some((one) => one.metadata.uid === uid) ? undefined : true),
  });
}
