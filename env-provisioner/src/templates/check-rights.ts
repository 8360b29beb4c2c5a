import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";

const group = "rbac.authorization.k8s.io";
/** Cluster roles that every cluster has and that write none of the guardrails. */
const harmlessClusterRoles = ["view"];
const guarded = ["networkpolicies", "resourcequotas", "limitranges", "roles", "rolebindings", "namespaces"];
const reading = ["get", "list", "watch"];

/** Rights that a template's pods get must not let them take the guardrails off, and go to nobody outside. */
export function checkRights({ object }: PlannedObject, policy: AdmissionPolicy): string[] {
  if (!object.apiVersion.startsWith(`${group}/`)) return [];
  if (object.kind === "Role" || object.kind === "ClusterRole") return checkRules(object);
  return [...checkRoleRef(object, policy), ...checkSubjects(object, policy)];
}

type Rule = { apiGroups?: unknown; resources?: unknown; verbs?: unknown };

const aggregation = "rbac.authorization.k8s.io/aggregate-to-";

function checkRules(object: KubernetesObject): string[] {
  const labels = Object.keys(object.metadata.labels ?? {});
  if (labels.some((label) => label.startsWith(aggregation)))
    return [`adds to a role of the whole cluster: remove the labels ${aggregation}…`];
  const rules = Array.isArray(object.rules) ? (object.rules as (Rule | null)[]) : [];
  const weak = rules.find((rule) => rule !== null && writes(rule) && coversGuardrails(rule));
  if (!weak) return [];
  return [
    `may write ${guarded.slice(0, 5).join(", ")} (or '*'): with it, pods could take the guardrails off; name other resources, or only ${reading.join(", ")}`,
  ];
}

function writes({ verbs }: Rule): boolean {
  return texts(verbs).some((verb) => !reading.includes(verb));
}

function coversGuardrails({ resources }: Rule): boolean {
  return texts(resources).some((resource) => resource === "*" || guarded.includes(resource));
}

function checkRoleRef(object: KubernetesObject, policy: AdmissionPolicy): string[] {
  const { roleRef } = object as { roleRef?: { kind?: unknown; name?: unknown } | null };
  const name = String(roleRef?.name);
  const isOwn = policy.clusterKinds.includes(`${group}/ClusterRole`) && name.includes(policy.namespace);
  if (roleRef?.kind !== "ClusterRole" || isOwn || harmlessClusterRoles.includes(name)) return [];
  return [
    `gives a ClusterRole: only ${harmlessClusterRoles.join(", ")} may be given; write a Role with what is needed`,
  ];
}

function checkSubjects(object: KubernetesObject, policy: AdmissionPolicy): string[] {
  const subjects = Array.isArray(object.subjects) ? (object.subjects as Subject[]) : [];
  const outside = subjects.some(
    (subject) =>
      subject?.kind !== "ServiceAccount" ||
      (subject.namespace !== undefined && subject.namespace !== policy.namespace),
  );
  return outside
    ? [
        "gives rights to somebody outside the environment: name only service accounts of its own namespace (in a chart: {{ .Release.Namespace }})",
      ]
    : [];
}
type Subject = { kind?: unknown; namespace?: unknown } | null;

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
