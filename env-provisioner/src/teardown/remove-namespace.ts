import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { listAllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { environmentLabel } from "../labels.ts";
import { deleteObject } from "./delete-object.ts";
import type { ClusterObject } from "./found-object.ts";
import type { RemovalPass } from "./removal-pass.ts";
import { isPod, namespacedTypes, sweepNamespace } from "./sweep-namespace.ts";

/** Every pod gets this long after SIGTERM; with 0 its processes would outlive its record. */
const podGraceSeconds = 1;
/** Until an API server of several has certainly heard that the namespace takes no new objects. */
const admissionLagMilliseconds = 500;
const shortestWait = 75;
const longestWait = 500;

type Finalizable = ClusterObject & { spec: { finalizers?: string[] } };

/**
 * Takes a namespace down, for at most so many seconds: deletion, its pods with one second of grace, a sweep of every
 * type, and its release when a sweep of every type found nothing. Whatever stays is left to the namespace controller.
 * True when the namespace with this UID is gone. The caller has made sure that it is the environment's.
 */
export async function removeNamespace(
  pass: RemovalPass,
  namespace: ClusterObject,
  seconds: number,
): Promise<boolean> {
  const { kube, clock, signal } = pass.request;
  const { name, uid } = namespace.metadata;
  const path = `/api/v1/namespaces/${name}`;
  const startedAt = clock.elapsed();
  if (!(await deleteObject(kube, path, pass.refusals, { uid, signal }))) return false;
  // What comes next goes by name: it must still be this one's.
  if ((await readAgain(pass, namespace)) === null) return true;
  if (namespace.metadata.deletionTimestamp === undefined) pass.step("namespace deletion asked");
  const pods = `${path}/pods`;
  await deleteObject(kube, pods, pass.refusals, { graceSeconds: podGraceSeconds, signal });
  let suspects = await sweepNamespace(pass, name, namespacedTypes(pass.types));
  let wait = shortestWait;
  while (clock.elapsed() < startedAt + seconds * 1_000) {
    signal?.throwIfAborted();
    if ((await readAgain(pass, namespace)) === null) return true;
    if (suspects.length > 0) suspects = await sweepNamespace(pass, name, suspects);
    if (suspects.length === 0 && clock.elapsed() >= startedAt + admissionLagMilliseconds)
      return releaseIfEmpty(pass, namespace);
    await clock.sleep(wait, signal);
    wait = suspects.every(isPod) ? shortestWait : Math.min(longestWait, wait * 2);
  }
  return (await readAgain(pass, namespace)) === null;
}

/**
 * Takes Kubernetes' own finalizer off when a sweep of every type, each of them answering, found nothing. The types are
 * read again first: one may have come, with objects of it, before the namespace took no more. True when it is gone.
 */
async function releaseIfEmpty(pass: RemovalPass, namespace: ClusterObject): Promise<boolean> {
  const { kube, environmentId, signal } = pass.request;
  const { name } = namespace.metadata;
  const types = await listAllTypes(kube, signal);
  if (types.failed.length > 0) return false;
  if ((await sweepNamespace(pass, name, namespacedTypes(types))).length > 0) return false;
  pass.step("namespace empty");
  const now = await readAgain(pass, namespace);
  if (now === null) return true;
  if (now.metadata.labels?.[environmentLabel] !== environmentId) return false;
  const finalizers = (now.spec.finalizers ?? []).filter((finalizer) => finalizer !== "kubernetes");
  const body = { ...now, spec: { ...now.spec, finalizers } };
  try {
    await kube.put(`/api/v1/namespaces/${name}/finalize`, body, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    // Not allowed, gone meanwhile, or changed by the namespace controller: it goes on by itself.
    if (!(error instanceof KubeError && [403, 404, 409].includes(error.status))) throw error;
  }
  return (await readAgain(pass, namespace)) === null;
}

/** The namespace, or null when the one with this UID is gone. */
async function readAgain(pass: RemovalPass, { metadata }: ClusterObject): Promise<Finalizable | null> {
  const { kube, signal } = pass.request;
  try {
    const path = `/api/v1/namespaces/${metadata.name}`;
    const now = await kube.get<Finalizable>(path, signal ? { signal } : {});
    return now.metadata.uid === metadata.uid ? now : null;
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}
