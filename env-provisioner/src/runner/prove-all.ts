import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import { findEndpoints } from "../endpoints/find-endpoints.ts";
import { createProxyProbe, probeDirectly } from "../endpoints/probe-endpoint.ts";
import { proveEndpoints } from "../endpoints/prove-endpoints.ts";
import type { RunnerContext } from "./runner-context.ts";

/** Finds what the template exposes and proves it. From outside the cluster it says that it went through the proxy. */
export async function proveAll(context: RunnerContext, timeoutSeconds: number): Promise<Endpoint[]> {
  const { kube, work, settings, signal, clock } = context;
  const found = await findEndpoints(kube, work.namespace, work.template.expose, signal);
  const isOutside = settings.kubernetes.kubeconfig !== null;
  const probe = isOutside ? createProxyProbe(kube, work.namespace) : probeDirectly;
  const endpoints = await proveEndpoints({ probe, clock, signal }, found, timeoutSeconds);
  const way =
    isOutside && found.some(({ reach }) => reach === "cluster") ? "through the API server's proxy" : "";
  context.step("proved", `${endpoints.length} endpoints ${way}`.trim());
  return endpoints;
}
