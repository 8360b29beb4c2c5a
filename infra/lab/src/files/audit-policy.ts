import { stringify } from "yaml";

/** One JSON line for each finished request, without bodies: enough to count requests, writes and writers. */
export function writeAuditPolicy(): string {
  return stringify({
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata" }],
  });
}
