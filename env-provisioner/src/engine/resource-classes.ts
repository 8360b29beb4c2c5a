import "./without-installer.ts";
import pulumi from "@pulumi/pulumi";
import { tokenOf } from "../kubernetes-provider/object-identity.ts";
import type { KubernetesObject } from "../planned-object.ts";

type ResourceArguments = Record<string, unknown>;
/** A class of the SDK, as they all look. */
type ResourceClass = new (
  name: string,
  // The classes' arguments are as many types as there are kinds; templates bring them as data.
  args: ResourceArguments,
  options: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/**
 * The SDK's class of each kind that templates use most, loaded one by one: the whole package takes seconds. Every other
 * kind is registered by its type alone.
 */
const classes: Readonly<Record<string, () => Promise<unknown>>> = {
  "v1/ConfigMap": async () => (await import("@pulumi/kubernetes/core/v1/configMap.js")).ConfigMap,
  "v1/LimitRange": async () => (await import("@pulumi/kubernetes/core/v1/limitRange.js")).LimitRange,
  "v1/Namespace": async () => (await import("@pulumi/kubernetes/core/v1/namespace.js")).Namespace,
  "v1/PersistentVolumeClaim": async () =>
    (await import("@pulumi/kubernetes/core/v1/persistentVolumeClaim.js")).PersistentVolumeClaim,
  "v1/Pod": async () => (await import("@pulumi/kubernetes/core/v1/pod.js")).Pod,
  "v1/ResourceQuota": async () => (await import("@pulumi/kubernetes/core/v1/resourceQuota.js")).ResourceQuota,
  "v1/Secret": async () => (await import("@pulumi/kubernetes/core/v1/secret.js")).Secret,
  "v1/Service": async () => (await import("@pulumi/kubernetes/core/v1/service.js")).Service,
  "v1/ServiceAccount": async () =>
    (await import("@pulumi/kubernetes/core/v1/serviceAccount.js")).ServiceAccount,
  "apps/v1/DaemonSet": async () => (await import("@pulumi/kubernetes/apps/v1/daemonSet.js")).DaemonSet,
  "apps/v1/Deployment": async () => (await import("@pulumi/kubernetes/apps/v1/deployment.js")).Deployment,
  "apps/v1/StatefulSet": async () => (await import("@pulumi/kubernetes/apps/v1/statefulSet.js")).StatefulSet,
  "autoscaling/v2/HorizontalPodAutoscaler": async () =>
    (await import("@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js")).HorizontalPodAutoscaler,
  "batch/v1/CronJob": async () => (await import("@pulumi/kubernetes/batch/v1/cronJob.js")).CronJob,
  "batch/v1/Job": async () => (await import("@pulumi/kubernetes/batch/v1/job.js")).Job,
  "networking.k8s.io/v1/Ingress": async () =>
    (await import("@pulumi/kubernetes/networking/v1/ingress.js")).Ingress,
  "networking.k8s.io/v1/NetworkPolicy": async () =>
    (await import("@pulumi/kubernetes/networking/v1/networkPolicy.js")).NetworkPolicy,
  "policy/v1/PodDisruptionBudget": async () =>
    (await import("@pulumi/kubernetes/policy/v1/podDisruptionBudget.js")).PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1/ClusterRole": async () =>
    (await import("@pulumi/kubernetes/rbac/v1/clusterRole.js")).ClusterRole,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": async () =>
    (await import("@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js")).ClusterRoleBinding,
  "rbac.authorization.k8s.io/v1/Role": async () => (await import("@pulumi/kubernetes/rbac/v1/role.js")).Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": async () =>
    (await import("@pulumi/kubernetes/rbac/v1/roleBinding.js")).RoleBinding,
};

/** What a class takes besides `spec`; the SDK drops every other field without a word. */
const moreFields: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["data", "binaryData", "immutable"],
  Secret: ["data", "immutable", "type"],
  ServiceAccount: ["automountServiceAccountToken", "imagePullSecrets", "secrets"],
  Role: ["rules"],
  ClusterRole: ["rules", "aggregationRule"],
  RoleBinding: ["roleRef", "subjects"],
  ClusterRoleBinding: ["roleRef", "subjects"],
};

/** A field that the class does not know is the API server's to judge, so it must get there. */
function keepsAll({ apiVersion: _, kind, metadata: __, spec: ___, ...rest }: KubernetesObject): boolean {
  return Object.keys(rest).every((field) => moreFields[kind]?.includes(field));
}

/** Any other kind: the same as a class of the SDK, with all its fields taken as they are. */
class AnyKubernetesResource extends pulumi.CustomResource {
  constructor(object: KubernetesObject, name: string, options: pulumi.CustomResourceOptions) {
    super(tokenOf(object), name, { ...object }, options);
  }
}

/** Registers one object. A Secret's `data` is marked before it leaves the process. */
export type RegisterObject = (
  object: KubernetesObject,
  name: string,
  options: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** Loads the classes that these objects need, and answers with how to register each. */
export async function loadClasses(objects: readonly KubernetesObject[]): Promise<RegisterObject> {
  const keys = new Set(objects.map(keyOf));
  const loaded = new Map<string, ResourceClass>();
  for (const key of keys) {
    const load = classes[key];
    if (load) loaded.set(key, (await load()) as ResourceClass);
  }
  return (object, name, options) => {
    const Known = loaded.get(keyOf(object));
    return Known && keepsAll(object)
      ? new Known(name, object, options)
      : new AnyKubernetesResource(object, name, options);
  };
}

/** Loads every class there is, so that `loadClasses` has nothing to wait for. */
export async function loadAllClasses(): Promise<void> {
  await Promise.all(Object.values(classes).map((load) => load()));
}

function keyOf({ apiVersion, kind }: KubernetesObject): string {
  return `${apiVersion}/${kind}`;
}
