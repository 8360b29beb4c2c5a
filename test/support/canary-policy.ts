import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";

/** A policy of the cluster's owner that says the refused secret in clear, as forbidden. */
const quotingPolicy = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "quotes" },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["secrets"] },
        ],
      },
      validations: [
        {
          expression: "!has(object.data) || !('quoted' in object.data)",
          messageExpression: "'refused: ' + string(object.data['quoted'])",
          reason: "Forbidden",
        },
      ],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "quotes" },
    spec: { policyName: "quotes", validationActions: ["Deny"] },
  },
];

const group = "/apis/admissionregistration.k8s.io/v1";

/** Adds the policy and waits until the API server heeds it, which takes a moment. */
export async function addQuotingPolicy(kube: KubeClient): Promise<void> {
  const [policy, binding] = quotingPolicy;
  await kube.post(`${group}/validatingadmissionpolicies`, policy);
  await kube.post(`${group}/validatingadmissionpolicybindings`, binding);
  const probe = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "probe" },
    stringData: { quoted: "a" },
  };
  for (;;) {
    const create = kube.post("/api/v1/namespaces/default/secrets?dryRun=All", probe);
    if (await create.then(() => false).catch(() => true)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
