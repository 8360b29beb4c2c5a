import type { PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";

/**
 * Services that open ports to the network need an endpoint with reach `network`. External addresses are never allowed:
 * they take traffic of others (CVE-2020-8554). Network policies only add to what the guardrails allow, so one may name
 * nothing but pods of its own namespace. What is behind a Service is found by its selector, never named.
 */
export function checkNetwork({ object }: PlannedObject, policy: AdmissionPolicy): string[] {
  // Made by hand they lead to whatever they name, past every selector: https://nvd.nist.gov/vuln/detail/CVE-2021-25740
  if (object.kind === "Endpoints" || object.kind === "EndpointSlice")
    return ["leads to addresses that need not be the environment's: write a Service with a selector"];
  const { spec } = object as { spec?: unknown };
  if (typeof spec !== "object" || spec === null) return [];
  if (object.kind === "Service" && object.apiVersion === "v1") return checkService(spec, policy);
  if (object.kind === "NetworkPolicy") return checkPolicy(spec);
  return [];
}

function checkService(spec: object, policy: AdmissionPolicy): string[] {
  const { type, externalIPs } = spec as { type?: unknown; externalIPs?: unknown };
  const found: string[] = [];
  if (Array.isArray(externalIPs) && externalIPs.length > 0)
    found.push("has externalIPs, which take other people's traffic: remove them");
  if (type === "ExternalName")
    found.push(
      "is an ExternalName Service: ingress controllers and probes would follow it to somebody else; name the host where it is used",
    );
  if ((type === "LoadBalancer" || type === "NodePort") && !policy.reaches.includes("network"))
    found.push(
      `is a ${type} Service, and no endpoint has reach network: make it ClusterIP, or write expose: {web: {port: …, reach: network}}`,
    );
  return found;
}

function checkPolicy(spec: object): string[] {
  const rules = [...rulesOf(spec, "ingress", "from"), ...rulesOf(spec, "egress", "to")];
  if (rules.every(staysInside)) return [];
  return [
    "opens more than its own namespace: policies add up, so it would undo the guardrails; switch it off, or name only podSelector in from and to",
  ];
}

function rulesOf(spec: object, direction: string, peers: string): unknown[] {
  const rules: unknown = Reflect.get(spec, direction);
  if (!Array.isArray(rules)) return [];
  return rules.map((rule: unknown) =>
    typeof rule === "object" && rule !== null ? Reflect.get(rule, peers) : undefined,
  );
}

/** No peers at all means everybody. */
function staysInside(peers: unknown): boolean {
  return (
    Array.isArray(peers) &&
    peers.length > 0 &&
    peers.every(
      (peer: unknown) =>
        typeof peer === "object" && peer !== null && Object.keys(peer).every((key) => key === "podSelector"),
    )
  );
}
