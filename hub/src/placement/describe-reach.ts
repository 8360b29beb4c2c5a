import type { Binding } from "./placement-facts.ts";

/** `endpoint web of environment preview`; of one that publishes nothing only its name. */
export function describeReach({ environment, endpoints }: Extract<Binding, { by: "environment" }>): string {
  if (endpoints.length === 0) return `environment ${environment}`;
  return `${endpoints.length === 1 ? "endpoint" : "endpoints"} ${endpoints.join(", ")} of environment ${environment}`;
}
