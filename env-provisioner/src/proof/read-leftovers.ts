import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { AllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { environmentLabel } from "../labels.ts";
import { isNamespace } from "../teardown/find-cluster-objects.ts";
import type { Namespaces } from "../teardown/find-namespaces.ts";
import { type FoundObject, isKept, namespaceType } from "../teardown/found-object.ts";
import { type FailedList, type FoundList, listFound } from "../teardown/list-found.ts";
import { findClaimedVolumes } from "../teardown/release-volumes.ts";

/** On pods of tests: they name the environment that they may enter, and belong to their attempt. */
const attemptLabel = "seatrial.dev/attempt";

export type Leftovers = { found: FoundObject[]; failed: FailedList[]; listed: number };
type Where = {
  kube: KubeClient;
  environmentId: string;
  namespace: string;
  types: AllTypes;
  namespaces: Namespaces;
  signal?: AbortSignal | undefined;
};

/** Whatever of an environment is in the cluster: by label, inside its namespaces, and volumes of its claims. */
export async function readLeftovers(where: Where): Promise<Leftovers> {
  const { kube, environmentId, namespaces, signal } = where;
  const types = where.types.types.filter((type) => isKept(type) && !isNamespace(type));
  const namespaced = types.filter((type) => type.namespaced);
  const label = `${environmentLabel}=${environmentId}`;
  const lists: FoundList[] = [
    await listFound(
      kube,
      types.filter((type) => !type.namespaced),
      { namespace: null, labelSelector: label },
      signal,
    ),
    await listFound(
      kube,
      namespaced,
      { namespace: null, labelSelector: `${label},!${attemptLabel}` },
      signal,
    ),
  ];
  for (const namespace of namesToRead(where))
    lists.push(await listFound(kube, namespaced, { namespace }, signal));
  lists.push(await volumesOf(where));
  const own = namespaces.own.map((object) => ({ type: namespaceType, object }));
  const found = [...own, ...lists.flatMap((list) => list.found)];
  return {
    found: [...new Map(found.map((one) => [one.object.metadata.uid, one])).values()],
    failed: firstOfEachType(lists.flatMap((list) => list.failed)),
    listed: types.length + 1,
  };
}

/** Also a name without a namespace: an object that slipped in while it went would be found by nobody else. */
function namesToRead({ namespace, namespaces }: Where): string[] {
  const names = new Set(namespaces.own.map(({ metadata }) => metadata.name));
  if (namespaces.foreign === null) names.add(namespace);
  return [...names];
}

async function volumesOf({ kube, namespace, namespaces, types, signal }: Where): Promise<FoundList> {
  const type = types.types.find(({ group, plural }) => group === "" && plural === "persistentvolumes");
  if (type === undefined || namespaces.foreign !== null) return { found: [], failed: [] };
  const volumes = await findClaimedVolumes(kube, namespace, signal);
  if (volumes === null)
    return { found: [], failed: [{ type, status: 403, why: "volumes may not be listed" }] };
  return { found: volumes.map((object) => ({ type, object })), failed: [] };
}

function firstOfEachType(failed: readonly FailedList[]): FailedList[] {
  return [...new Map(failed.map((one) => [`${one.type.group}/${one.type.plural}`, one])).values()];
}
