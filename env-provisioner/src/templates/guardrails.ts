import type { podSecurityLevels } from "@seatrial/contracts/environments/environment-template.ts";
import type { PlannedObject } from "../planned-object.ts";

export type GuardrailRequest = {
  environmentId: string;
  project: string;
  namespace: string;
  expiresAtEpochSeconds: number;
  podSecurity: (typeof podSecurityLevels)[number];
  limits: GuardrailLimits;
};

/** What all pods of an environment may use together, and where they may connect to. */
export type GuardrailLimits = {
  cpuMillis: number;
  memoryBytes: number;
  pods: number;
  /** Pods may open connections to the internet. */
  internet: boolean;
  /** Networks that stay closed even then: nodes, API servers, metadata services (CIDR). */
  closedNetworks: readonly string[];
};

/** The objects that go before every component: see docs/environments.md. */
export function guardrails(request: GuardrailRequest): PlannedObject[] {
  throw new Error(`not written yet: ${request.namespace}`);
}
