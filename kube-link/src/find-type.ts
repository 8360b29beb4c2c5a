import type { KubeClient } from "./kube-client.ts";
import { hasStatus } from "./kube-error.ts";
import { pathOfType, type ResourceType } from "./list-all-types.ts";

/** The type of a kind; null when the cluster does not serve it. */
export type FindType = (apiVersion: string, kind: string) => Promise<ResourceType | null>;

type ResourceList = {
  resources: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[];
};

/**
 * Looks types up, one reading per group version. What was found is kept; a kind that is not among it is read anew each
 * time, because a CRD may have come since.
 */
export function createTypeFinder(kube: KubeClient): FindType {
  const kept = new Map<string, Promise<ResourceType[]>>();

  async function read(apiVersion: string): Promise<ResourceType[]> {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = await kube.get<ResourceList>(path);
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    return resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced, verbs = [] }) => ({
        ...{ apiVersion, group, kind, plural: name, namespaced, verbs },
      }));
  }

  return async function findType(apiVersion: string, kind: string): Promise<ResourceType | null> {
    const before = kept.get(apiVersion);
    const reading = before ?? read(apiVersion);
    kept.set(apiVersion, reading);
    const forget = () => {
      if (kept.get(apiVersion) === reading) kept.delete(apiVersion);
    };
    try {
      const found = (await reading).find((type) => type.kind === kind);
      if (found) return found;
      forget();
    } catch (error) {
      forget();
      if (hasStatus(error, 404)) return null;
      throw error;
    }
    return before ? findType(apiVersion, kind) : null;
  };
}

/** The path of one object. */
export function pathOfObject(type: ResourceType, namespace: string | null, name: string): string {
  return `${pathOfType(type, namespace)}/${encodeURIComponent(name)}`;
}
