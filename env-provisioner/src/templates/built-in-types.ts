/** Groups of Kubernetes itself, without a dot-free `.k8s.io` end. */
const groups = ["", "apps", "batch", "autoscaling", "policy"];

/** Kinds of those groups, and of `*.k8s.io`, that have no namespace. Kubernetes 1.36. */
const clusterScoped = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "ComponentStatus",
  "CustomResourceDefinition",
  "DeviceClass",
  "FlowSchema",
  "GatewayClass",
  "IPAddress",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersionMigration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

/**
 * Whether a type of Kubernetes itself has namespaces, for rendering without a cluster; null for any other group. A kind
 * that no version has counts as namespaced: only a cluster knows better.
 */
export function isBuiltInNamespaced(apiVersion: string, kind: string): boolean | null {
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
  if (!groups.includes(group) && !group.endsWith(".k8s.io")) return null;
  return !clusterScoped.has(kind);
}
