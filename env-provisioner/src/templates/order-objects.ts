import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import type { SourcedObject } from "./to-objects.ts";

type Keyed = PlannedObject & { namespaced: boolean };

/**
 * The plan of a component: every object with its namespace, stable keys, a stable order for people (definitions, rights, configuration, network,
 * workloads, the rest), and what must be ready before what. As little as possible waits, since each wait is a round
 * trip to the API server:
 * - a custom resource waits for its definition;
 * - a RoleBinding waits for its Role, since the API server looks the role up to see that nobody gains rights;
 * - a workload waits for what it names of this component: service account (and that account's bindings), config maps,
 *   secrets, priority class. The kubelet would try again without them, but seconds later.
 * Nothing waits for a Service or a volume claim: both are ready only once pods run.
 */
export function orderObjects(
  { component, namespace }: { component: string; namespace: string },
  objects: readonly SourcedObject[],
  isNamespaced: (object: KubernetesObject, source: SourcedObject["source"]) => boolean,
): PlannedObject[] {
  const keyed: Keyed[] = objects.map(({ object, source, lineOf }) => {
    const namespaced = isNamespaced(object, source);
    return {
      key: `${component}/${object.apiVersion}/${object.kind}/${object.metadata.name}`,
      component,
      object: namespaced ? { ...object, metadata: { namespace, ...object.metadata } } : object,
      namespaced,
      after: [],
      source,
      ...(lineOf ? { lineOf } : {}),
    };
  });
  const sorted = keyed.toSorted((left, right) => rank(left) - rank(right) || compare(left.key, right.key));
  const index = new Map(
    sorted.map((planned) => [nameOf(planned.object.kind, planned.object.metadata.name), planned.key]),
  );
  const definitions = findDefinitions(sorted);
  const bindings = findBindings(sorted);
  return sorted.map((planned) => ({
    ...planned,
    after: after(planned, { index, definitions, bindings }),
  }));
}

const ranks = [
  ["Namespace"],
  ["CustomResourceDefinition"],
  ["PriorityClass", "StorageClass", "ServiceAccount"],
  ["ClusterRole", "Role"],
  ["ClusterRoleBinding", "RoleBinding"],
  ["ResourceQuota", "LimitRange", "NetworkPolicy"],
  ["Secret", "ConfigMap"],
  ["PersistentVolume", "PersistentVolumeClaim"],
  ["Service"],
  ["DaemonSet", "StatefulSet", "Deployment", "ReplicaSet", "ReplicationController", "Pod", "Job", "CronJob"],
];
const lastRank = ranks.length;

function rank({ object }: Keyed): number {
  const found = ranks.findIndex((kinds) => kinds.includes(object.kind));
  return found < 0 ? lastRank : found;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function nameOf(kind: string, name: unknown): string {
  return `${kind}/${String(name)}`;
}

type Known = {
  /** `Kind/name` → key. */
  index: ReadonlyMap<string, string>;
  /** `group/Kind` of custom resources → key of the definition. */
  definitions: ReadonlyMap<string, string>;
  /** Service account → keys of its bindings. */
  bindings: ReadonlyMap<string, readonly string[]>;
};

function after(planned: Keyed, known: Known): string[] {
  const { object } = planned;
  const keys = new Set<string>();
  const add = (kind: string, name: unknown) => {
    const key = typeof name === "string" ? known.index.get(nameOf(kind, name)) : undefined;
    if (key !== undefined) keys.add(key);
  };
  const definition = known.definitions.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  if (definition !== undefined) keys.add(definition);
  const { roleRef } = object as { roleRef?: { kind?: unknown; name?: unknown } };
  if (object.kind.endsWith("RoleBinding") && roleRef) add(String(roleRef.kind), roleRef.name);
  for (const [kind, name] of waitedFor.includes(object.kind) ? [] : podReferences(object)) {
    add(kind, name);
    if (kind === "ServiceAccount") for (const key of known.bindings.get(name) ?? []) keys.add(key);
  }
  keys.delete(planned.key);
  return [...keys].toSorted(compare);
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

function findDefinitions(planned: readonly Keyed[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { object, key } of planned) {
    const { spec } = object as { spec?: { group?: unknown; names?: { kind?: unknown } } };
    if (object.kind === "CustomResourceDefinition")
      found.set(`${String(spec?.group)}/${String(spec?.names?.kind)}`, key);
  }
  return found;
}

function findBindings(planned: readonly Keyed[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { object, key } of planned) {
    const { subjects } = object as { subjects?: unknown };
    if (!object.kind.endsWith("RoleBinding") || !Array.isArray(subjects)) continue;
    for (const subject of subjects as { kind?: unknown; name?: unknown }[])
      if (subject?.kind === "ServiceAccount" && typeof subject.name === "string")
        found.set(subject.name, [...(found.get(subject.name) ?? []), key]);
  }
  return found;
}

/** What others wait for waits for none of these, or two could wait for each other. */
const waitedFor = [
  "ServiceAccount",
  "RoleBinding",
  "ClusterRoleBinding",
  "ConfigMap",
  "Secret",
  "PriorityClass",
];

/** What the pods of a workload name: kind and name, wherever in the object a pod's spec stands. */
function podReferences(value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap(podReferences);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner === "string" && textReferences[key] !== undefined) return [[textReferences[key], inner]];
    const kind = objectReferences[key];
    const name: unknown =
      typeof inner === "object" && inner !== null ? Reflect.get(inner, "name") : undefined;
    const own: [string, string][] = kind !== undefined && typeof name === "string" ? [[kind, name]] : [];
    return [...own, ...podReferences(inner)];
  });
}

const textReferences: Record<string, string | undefined> = {
  serviceAccountName: "ServiceAccount",
  serviceAccount: "ServiceAccount",
  priorityClassName: "PriorityClass",
  secretName: "Secret",
};
const objectReferences: Record<string, string | undefined> = {
  configMap: "ConfigMap",
  secret: "Secret",
  configMapRef: "ConfigMap",
  configMapKeyRef: "ConfigMap",
  secretRef: "Secret",
  secretKeyRef: "Secret",
};
