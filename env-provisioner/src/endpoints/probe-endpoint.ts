import { request } from "node:http";
import { connect } from "node:net";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { FoundEndpoint } from "./find-endpoints.ts";

export type ProbeAnswer = { ok: boolean; message: string };
/** One try of an endpoint. Never rejects: what went wrong is in the answer. */
export type Probe = (endpoint: FoundEndpoint, signal: AbortSignal) => Promise<ProbeAnswer>;

const answerSeconds = 5;

/** From inside the cluster: through the published address, as a shard reaches it. */
export const probeDirectly: Probe = (endpoint, signal) =>
  endpoint.ready.get === null ? openConnection(endpoint, signal) : get(endpoint, endpoint.ready.get, signal);

/**
 * From a machine outside the cluster: what has reach `network` through its address, the rest through the API server's
 * proxy to its Service. The proxy speaks HTTP only, so for a TCP probe anything but a refused connection counts.
 */
export function createProxyProbe(kube: KubeClient, namespace: string): Probe {
  return async (endpoint, signal) => {
    if (endpoint.reach === "network") return probeDirectly(endpoint, signal);
    const service = `/api/v1/namespaces/${namespace}/services/${endpoint.service}:${endpoint.servicePort}/proxy`;
    const over = AbortSignal.any([signal, AbortSignal.timeout(answerSeconds * 1_000)]);
    try {
      const body = await kube.stream(`${service}${endpoint.ready.get ?? "/"}`, { signal: over });
      await discard(body);
      return { ok: true, message: "answered" };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (endpoint.ready.get !== null) return { ok: false, message };
      const isRefused = /dial tcp|no endpoints available/.test(message);
      return { ok: error instanceof KubeError && error.status > 0 && !isRefused, message };
    }
  };
}

/** The stream's connection is given back; what a service answers is of no interest. */
async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of body) return;
}

function get(endpoint: FoundEndpoint, path: string, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const over = AbortSignal.any([signal, AbortSignal.timeout(answerSeconds * 1_000)]);
    const outgoing = request(`${endpoint.url}${path}`, { method: "GET", agent: false, signal: over });
    outgoing.on("response", (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve({ ok: status >= 200 && status < 300, message: `status ${status}` });
    });
    outgoing.on("error", (error) => resolve({ ok: false, message: messageOf(error) }));
    outgoing.end();
  });
}

function openConnection(endpoint: FoundEndpoint, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host: endpoint.host, port: endpoint.port });
    const over = AbortSignal.any([signal, AbortSignal.timeout(answerSeconds * 1_000)]);
    const end = (answer: ProbeAnswer) => {
      over.removeEventListener("abort", tooLong);
      socket.destroy();
      resolve(answer);
    };
    const tooLong = () => end({ ok: false, message: `no connection within ${answerSeconds} s` });
    over.addEventListener("abort", tooLong);
    socket.on("connect", () => end({ ok: true, message: "connected" }));
    socket.on("error", (error) => end({ ok: false, message: messageOf(error) }));
  });
}

function messageOf(error: Error): string {
  return error.name === "AbortError" || error.name === "TimeoutError"
    ? `no answer within ${answerSeconds} s`
    : error.message;
}
