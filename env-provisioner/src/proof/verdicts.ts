import type { ObjectReference, Proof } from "@seatrial/contracts/environments/proof.ts";
import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { type AllTypes, pathOfType } from "@seatrial/kube-link/list-all-types.ts";
import { isNamespace, isOfType } from "../teardown/find-cluster-objects.ts";
import type { Namespaces } from "../teardown/find-namespaces.ts";
import { type ClusterObject, namespaceType, referenceOf } from "../teardown/found-object.ts";
import type { Leftovers } from "./read-leftovers.ts";

export type ProvedObject = Proof["objects"][number];
type Facts = {
  kube: KubeClient;
  namespace: string;
  types: AllTypes;
  namespaces: Namespaces;
  leftovers: Leftovers;
  signal?: AbortSignal | undefined;
};
const atOnce = 8;

/** Says of each recorded object, and of each other one that was found, whether it is gone. */
export function createVerdicts(facts: Facts): {
  ofAll: (recorded: readonly ObjectReference[]) => Promise<ProvedObject[]>;
} {
  const left = new Map(facts.leftovers.found.map((found) => [found.object.metadata.uid, referenceOf(found)]));

  return {
    async ofAll(recorded) {
      const namespaceUid =
        recorded.find((one) => isNamespace({ group: "", kind: one.kind }) && one.name === facts.namespace)
          ?.uid ?? null;
      const verdicts = await inParallel(recorded, atOnce, async (object): Promise<ProvedObject> => {
        if (object.uid !== null && left.has(object.uid)) return verdict(object, "left", "it is still there");
        if (isProvedByNamespace(facts, object, namespaceUid))
          return verdict(object, "gone", `inside the namespace with UID ${namespaceUid}, which is gone`);
        return readRecorded(facts, object);
      });
      const known = new Set(recorded.map(({ uid }) => uid));
      const others = [...left].filter(([uid]) => !known.has(uid));
      return [...verdicts, ...others.map(([, object]) => verdict(object, "left", "found in the cluster"))];
    },
  };
}

/** A namespace whose recorded UID is not there any more has taken all its objects along. */
function isProvedByNamespace(facts: Facts, object: ObjectReference, namespaceUid: string | null): boolean {
  if (object.namespace !== facts.namespace || namespaceUid === null) return false;
  const { own, foreign } = facts.namespaces;
  return [...own, foreign].every((one) => one?.metadata.uid !== namespaceUid);
}

async function readRecorded(facts: Facts, object: ObjectReference): Promise<ProvedObject> {
  const { kube, types, signal } = facts;
  const type = [namespaceType, ...types.types].find((candidate) => isOfType(object, candidate));
  if (type === undefined) return withoutType(types, object);
  const path = `${pathOfType(type, object.namespace)}/${encodeURIComponent(object.name)}`;
  try {
    const now = await kube.get<ClusterObject>(path, signal ? { signal } : {});
    if (object.uid === null)
      return verdict(object, "unchecked", "one of its name is there; no UID was recorded");
    return now.metadata.uid === object.uid
      ? verdict(object, "left", "it is still there")
      : verdict(object, "gone", "another object has its name now");
  } catch (error) {
    signal?.throwIfAborted();
    if (hasStatus(error, 404)) return verdict(object, "gone", "read: not found");
    if (error instanceof KubeError) return verdict(object, "unchecked", error.message);
    throw error;
  }
}

function withoutType({ failed }: AllTypes, object: ObjectReference): ProvedObject {
  const group = object.apiVersion.split("/")[0];
  const silent = failed.find(({ apiVersion }) => apiVersion.split("/")[0] === group);
  if (silent) return verdict(object, "unchecked", `${silent.apiVersion} does not answer: ${silent.why}`);
  return verdict(object, "gone", `the cluster has no ${object.apiVersion} ${object.kind} any more`);
}

function verdict(object: ObjectReference, state: ProvedObject["state"], why: string): ProvedObject {
  const { apiVersion, kind, namespace, name, uid } = object;
  return { apiVersion, kind, namespace, name, uid, state, why: why.slice(0, 500) };
}
