/** Names of the guardrails in an environment's namespace; templates may not have objects of these names. */
export const guardrailNames = {
  quota: "seatrial-quota",
  defaults: "seatrial-defaults",
  deny: "seatrial-deny",
  allow: "seatrial-allow",
  /** The cluster makes it in every namespace. */
  serviceAccount: "default",
} as const;

const reserved: readonly (readonly [kind: string, name: string])[] = [
  ["ResourceQuota", guardrailNames.quota],
  ["LimitRange", guardrailNames.defaults],
  ["NetworkPolicy", guardrailNames.deny],
  ["NetworkPolicy", guardrailNames.allow],
  ["ServiceAccount", guardrailNames.serviceAccount],
  // Made by the cluster itself: whoever replaces it breaks every pod's trust in the API server.
  ["ConfigMap", "kube-root-ca.crt"],
];

export function isReserved(kind: string, name: string): boolean {
  return reserved.some((one) => one[0] === kind && one[1] === name);
}
