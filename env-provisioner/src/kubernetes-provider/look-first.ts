import { pathOfObject } from "@seatrial/kube-link/find-type.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { environmentLabel } from "../labels.ts";
import type { KubernetesObject } from "../planned-object.ts";
import type { LiveObject } from "./live-object.ts";
import { patiently } from "./patiently.ts";
import type { ProviderDeps } from "./provider-types.ts";
import { refuse } from "./refuse.ts";

/** The type of an object. Throws `apply_refused` when the cluster does not serve it. */
export async function typeOf(deps: ProviderDeps, object: KubernetesObject): Promise<ResourceType> {
  const type = await deps.findType(object.apiVersion, object.kind);
  if (type) return type;
  const why = `the cluster does not serve ${object.apiVersion} ${object.kind}`;
  throw refuse("apply_refused", object, why, deps.placeOf(object));
}

export function pathOf(type: ResourceType, { metadata }: KubernetesObject): string {
  return pathOfObject(type, type.namespaced ? (metadata.namespace ?? "default") : null, metadata.name);
}

/** The object as the cluster has it, or null. */
export async function readObject(
  deps: ProviderDeps,
  type: ResourceType,
  object: KubernetesObject,
  signal?: AbortSignal,
): Promise<LiveObject | null> {
  try {
    return await deps.kube.get<LiveObject>(pathOf(type, object), signal ? { signal } : {});
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}

/** True for what this environment made: server-side apply would take anything else over without a word. */
export function isOurs(deps: ProviderDeps, live: LiveObject): boolean {
  return live.metadata.labels?.[environmentLabel] === deps.environmentId;
}

/** The account that Kubernetes makes in every namespace by itself: in the environment's namespace it is the environment's. */
function isNamespacesOwn({ kind, metadata }: LiveObject): boolean {
  const isLabelled = metadata.labels?.[environmentLabel] !== undefined;
  return kind === "ServiceAccount" && metadata.name === "default" && !isLabelled;
}

/** Reads what is there before it is written. Throws `foreign_object` for one that is not this environment's. */
export async function lookFirst(
  deps: ProviderDeps,
  type: ResourceType,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<LiveObject | null> {
  const live = await readObject(deps, type, object, signal);
  if (live === null || isOurs(deps, live) || isNamespacesOwn(live)) return live;
  const owner = live.metadata.labels?.[environmentLabel];
  const whose = owner ? `environment ${owner}` : "somebody else";
  const why = `it is there already and belongs to ${whose}; rename it, or remove the other by hand`;
  throw refuse("foreign_object", object, why, deps.placeOf(object));
}

/** The object as the cluster has it; null when it is gone, or another one took its name. */
export async function readOurs(
  deps: ProviderDeps,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<LiveObject | null> {
  return patiently(async () => {
    const type = await deps.findType(object.apiVersion, object.kind);
    const live = type && (await readObject(deps, type, object, signal));
    return live && isOurs(deps, live) && !live.metadata.deletionTimestamp ? live : null;
  }, signal);
}
