import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { OperationError } from "../operation-error.ts";
import type { FoundEndpoint } from "./find-endpoints.ts";
import type { Probe } from "./probe-endpoint.ts";

export type ProveDeps = { probe: Probe; clock: Clock; signal: AbortSignal };

const pauseMilliseconds = { afterSuccess: 100, afterFailure: 200 };

/**
 * Probes each endpoint until it has answered as often in a row as asked. All are probed at once. Throws
 * `OperationError` (`not_proved`) with the last answer of the first that did not make it within `timeoutSeconds`.
 */
export async function proveEndpoints(
  deps: ProveDeps,
  endpoints: readonly FoundEndpoint[],
  timeoutSeconds: number,
): Promise<Endpoint[]> {
  const until = deps.clock.elapsed() + timeoutSeconds * 1_000;
  const proved = await Promise.allSettled(endpoints.map((endpoint) => proveOne(deps, endpoint, until)));
  const failed = proved.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return proved.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

async function proveOne(deps: ProveDeps, endpoint: FoundEndpoint, until: number): Promise<Endpoint> {
  let inRow = 0;
  let tries = 0;
  for (;;) {
    const answer = await deps.probe(endpoint, deps.signal);
    deps.signal.throwIfAborted();
    tries += 1;
    inRow = answer.ok ? inRow + 1 : 0;
    if (inRow >= endpoint.ready.times)
      return publicEndpoint(endpoint, new Date(deps.clock.now()).toISOString());
    if (deps.clock.elapsed() >= until) throw notProved(endpoint, answer.message, tries);
    await deps.clock.sleep(
      answer.ok ? pauseMilliseconds.afterSuccess : pauseMilliseconds.afterFailure,
      deps.signal,
    );
  }
}

/** What the hub and people see of an endpoint. */
export function publicEndpoint(endpoint: FoundEndpoint, provedAt: string | null): Endpoint {
  const { name, reach, url, host, port } = endpoint;
  return { name, reach, url, host, port, provedAt };
}

function notProved(endpoint: FoundEndpoint, last: string, tries: number): OperationError {
  const { get, times } = endpoint.ready;
  const asked = `${get === null ? "a connection" : `GET ${get}`}, ${times} in a row`;
  return new OperationError(
    "not_proved",
    `Endpoint ${endpoint.name} (${endpoint.url}) is not proved after ${tries} tries of ${asked}; the last one: ${last}`,
  );
}
