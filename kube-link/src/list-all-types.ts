import { inParallel } from "./in-parallel.ts";
import type { KubeClient } from "./kube-client.ts";
import { KubeError } from "./kube-error.ts";

/** A type of objects that the API server serves. */
export type ResourceType = {
  /** `apps/v1`, or `v1` for the core group. */
  apiVersion: string;
  /** Empty for the core group. */
  group: string;
  kind: string;
  /** As in paths: `deployments`. */
  plural: string;
  namespaced: boolean;
  verbs: readonly string[];
};
/** Each type once, in its group's preferred version; and the group-versions that did not answer. */
export type AllTypes = {
  types: readonly ResourceType[];
  failed: readonly { apiVersion: string; status: number; why: string }[];
};

const atOnce = 8;
/** An aggregated API that hangs must not hold up the others for long. */
const callSeconds = 10;

/**
 * Asks every group-version of the cluster, those of aggregated API servers too, what it serves. It reads each one
 * itself: the API server's collected answer may be a minute old. Throws when the list of groups cannot be read.
 */
export async function listAllTypes(kube: KubeClient, signal?: AbortSignal): Promise<AllTypes> {
  const { groups } = await kube.get<GroupList>("/apis", { ...(signal && { signal }) });
  const groupVersions = [
    { group: "", apiVersion: "v1" },
    ...groups.flatMap(({ name, preferredVersion, versions }) =>
      [preferredVersion, ...versions.filter((one) => one.groupVersion !== preferredVersion?.groupVersion)]
        .filter((version) => version !== undefined)
        .map(({ groupVersion }) => ({ group: name, apiVersion: groupVersion })),
    ),
  ];
  const failed: AllTypes["failed"][number][] = [];
  const lists = await inParallel(groupVersions, atOnce, async ({ group, apiVersion }) => {
    try {
      const { resources } = await readGroupVersion(kube, apiVersion, signal);
      return resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name, kind, namespaced, verbs }) => ({
          ...{ apiVersion, group, kind, plural: name, namespaced, verbs: verbs ?? [] },
        }));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof KubeError)) throw error;
      failed.push({ apiVersion, status: error.status, why: error.message });
      return [];
    }
  });
  return { types: firstOfEach(lists.flat()), failed };
}

/** The path of a type's objects, in a namespace or (for null) in the whole cluster. */
export function pathOfType(
  type: Pick<ResourceType, "apiVersion" | "plural" | "namespaced">,
  namespace: string | null,
): string {
  const root = type.apiVersion.includes("/") ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const place = type.namespaced && namespace !== null ? `/namespaces/${namespace}` : "";
  return `${root}${place}/${type.plural}`;
}

function readGroupVersion(kube: KubeClient, apiVersion: string, signal?: AbortSignal): Promise<ResourceList> {
  const timeout = AbortSignal.timeout(callSeconds * 1_000);
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return kube.get<ResourceList>(path, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
}

function firstOfEach(types: readonly ResourceType[]): ResourceType[] {
  const known = new Map<string, ResourceType>();
  for (const type of types) {
    const key = `${type.group}/${type.plural}`;
    if (!known.has(key)) known.set(key, type);
  }
  return [...known.values()];
}

type Version = { groupVersion: string };
type GroupList = { groups: { name: string; versions: Version[]; preferredVersion?: Version }[] };
type ResourceList = {
  resources: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[];
};
