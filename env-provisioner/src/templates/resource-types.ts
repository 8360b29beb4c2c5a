import type { KubernetesObject } from "../planned-object.ts";

/** Which types have namespaces. Learns the types that custom resource definitions of a template bring. */
export type ResourceTypes = {
  /** Null: nobody knows this type. */
  isNamespaced: (apiVersion: string, kind: string) => boolean | null;
  learn: (definition: KubernetesObject) => void;
};

/** The types a cluster serves (or, offline, {@link builtInTypes}) and those learned on the way. */
export function createResourceTypes(
  served: (apiVersion: string, kind: string) => boolean | null,
): ResourceTypes {
  const learned = new Map<string, boolean>();
  return {
    isNamespaced: (apiVersion, kind) =>
      served(apiVersion, kind) ?? learned.get(`${apiVersion}/${kind}`) ?? null,
    learn(definition) {
      for (const [type, namespaced] of typesOf(definition)) learned.set(type, namespaced);
    },
  };
}

type Definition = {
  spec?: {
    group?: unknown;
    scope?: unknown;
    names?: { kind?: unknown };
    versions?: unknown;
  };
};

/** `<group>/<version>/<kind>` of each version that a CustomResourceDefinition serves, and whether it has namespaces. */
function typesOf(definition: KubernetesObject): [string, boolean][] {
  if (definition.kind !== "CustomResourceDefinition") return [];
  const { spec } = definition as Definition;
  const versions: unknown[] = Array.isArray(spec?.versions) ? spec.versions : [];
  return versions.flatMap((version) => {
    const name = typeof version === "object" && version !== null ? Reflect.get(version, "name") : undefined;
    if (typeof name !== "string") return [];
    return [[`${String(spec?.group)}/${name}/${String(spec?.names?.kind)}`, spec?.scope !== "Cluster"]];
  });
}
