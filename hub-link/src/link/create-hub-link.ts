import {
  type ClaimAnswer,
  type ClaimRequest,
  claimAnswerSchema,
} from "@seatrial/contracts/agent-protocol/claim.ts";
import {
  type AdoptAnswer,
  acknowledgeAnswerSchema,
  type acknowledgeRequestSchema,
  adoptAnswerSchema,
  type adoptRequestSchema,
  type HeartbeatAnswer,
  heartbeatAnswerSchema,
  type heartbeatRequestSchema,
} from "@seatrial/contracts/agent-protocol/hold.ts";
import {
  type JoinAnswer,
  type JoinRequest,
  joinAnswerSchema,
} from "@seatrial/contracts/agent-protocol/join.ts";
import type { NetworkPolicyFinding } from "@seatrial/contracts/agent-protocol/network-policy.ts";
import {
  type OperationFinishInput,
  type operationProgressSchema,
  type SweepAnswer,
  type SweepRequest,
  sweepAnswerSchema,
} from "@seatrial/contracts/agent-protocol/operation.ts";
import {
  type FinishRequest,
  finishAnswerSchema,
  type LogPosition,
  logPositionSchema,
  type logRequestSchema,
  type progressRequestSchema,
} from "@seatrial/contracts/agent-protocol/report.ts";
import { type Logger, silentLogger } from "@seatrial/contracts/logger.ts";
import { type Clock, systemClock } from "@seatrial/contracts/time/clock.ts";
import { z } from "zod";
import type { MemberKey } from "../key/member-key.ts";
import { createSender } from "./create-sender.ts";
import { createHubFetch, type HubFetch } from "./hub-fetch.ts";
import { openContent } from "./open-content.ts";

/**
 * Every route of the agent protocol, typed. Each call throws `SeatrialError`: the hub's own code, or `unavailable`
 * when the hub did not answer in time or not in its language. No call is repeated here but for its nonce.
 */
export type HubLink = {
  join: (request: JoinRequest) => Promise<JoinAnswer>;
  claim: (request: ClaimRequest, signal?: AbortSignal) => Promise<ClaimAnswer>;
  acknowledge: (
    request: z.infer<typeof acknowledgeRequestSchema>,
  ) => Promise<z.infer<typeof acknowledgeAnswerSchema>>;
  heartbeat: (
    request: z.infer<typeof heartbeatRequestSchema>,
    signal?: AbortSignal,
  ) => Promise<HeartbeatAnswer>;
  adopt: (request: z.infer<typeof adoptRequestSchema>) => Promise<AdoptAnswer>;
  /** Tells whether the cluster enforces network policies. */
  noteNetworkPolicy: (finding: NetworkPolicyFinding) => Promise<void>;
  progress: (leaseId: string, request: z.infer<typeof progressRequestSchema>) => Promise<void>;
  finish: (leaseId: string, request: FinishRequest) => Promise<z.infer<typeof finishAnswerSchema>>;
  sendLog: (
    leaseId: string,
    request: z.infer<typeof logRequestSchema>,
    signal?: AbortSignal,
  ) => Promise<LogPosition>;
  logPosition: (leaseId: string, signal?: AbortSignal) => Promise<LogPosition>;
  operationProgress: (leaseId: string, request: z.input<typeof operationProgressSchema>) => Promise<void>;
  operationFinish: (
    leaseId: string,
    request: OperationFinishInput,
  ) => Promise<z.infer<typeof finishAnswerSchema>>;
  /** The environment's encrypted state and what made it. Throws `state_missing` when the hub has none. */
  getState: (leaseId: string, signal?: AbortSignal) => Promise<KeptState>;
  /** Keeps an encrypted state; may be repeated. */
  putState: (leaseId: string, state: KeptState) => Promise<void>;
  sweep: (request: SweepRequest) => Promise<SweepAnswer>;
  /**
   * The content archive of a grant (`tar.gz`), as it comes; opened by the grant's own token. The signal ends the
   * reading too; an archive that breaks off rejects.
   */
  content: (
    grant: { leaseId: string; leaseToken: string },
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array>>;
  /** Closes the connections; a held claim ends with `unavailable`. */
  close: () => Promise<void>;
};

/** An environment's state, encrypted, with the versions of the engine and the provider that wrote it. */
export type KeptState = { bytes: Uint8Array; engine: string; provider: string };

export type HubLinkOptions = {
  /** The hub's public URL: proofs name it, so it must be the one the hub is configured with. */
  hubUrl: string;
  /** The CA that the hub's certificate comes from; null: the system's. */
  caPem: string | null;
  key: MemberKey;
  fetch?: HubFetch;
  clock?: Clock;
  /** Hears of a clock that is not the hub's; nobody by default. */
  logger?: Logger;
  /** Seconds until a call other than a claim gives up, four times as many where it may carry megabytes; 15 by default. */
  timeoutSeconds?: number;
};

/** A link to one hub with one key. See `HubLink` for what its calls promise. */
export function createHubLink(options: HubLinkOptions): HubLink {
  const clock = options.clock ?? systemClock;
  const http = options.fetch
    ? { fetch: options.fetch, close: async () => {} }
    : createHubFetch(options.caPem);
  const { send, exchange } = createSender({
    hubUrl: options.hubUrl,
    key: options.key,
    fetch: http.fetch,
    clock,
    logger: options.logger ?? silentLogger,
  });
  const timeoutSeconds = options.timeoutSeconds ?? 15;
  const lease = (id: string, verb: string) => `/agent/v1/leases/${encodeURIComponent(id)}/${verb}`;
  const operation = (id: string, verb: string) => `/agent/v1/operations/${encodeURIComponent(id)}/${verb}`;
  const bytesTimeoutSeconds = timeoutSeconds * 4;

  return {
    join: (body) =>
      send(joinAnswerSchema, "POST", "/agent/v1/join", body, { timeoutSeconds, announceKey: true }),
    claim: (body, signal) =>
      send(claimAnswerSchema, "POST", "/agent/v1/claim", body, {
        signal,
        timeoutSeconds: body.waitSeconds + timeoutSeconds,
      }),
    acknowledge: (body) =>
      send(acknowledgeAnswerSchema, "POST", "/agent/v1/acknowledge", body, { timeoutSeconds }),
    heartbeat: (body, signal) =>
      send(heartbeatAnswerSchema, "POST", "/agent/v1/heartbeat", body, { signal, timeoutSeconds }),
    adopt: (body) => send(adoptAnswerSchema, "POST", "/agent/v1/adopt", body, { timeoutSeconds }),
    async noteNetworkPolicy(body) {
      await send(z.unknown(), "POST", "/agent/v1/network-policy", body, { timeoutSeconds });
    },
    async progress(leaseId, body) {
      await send(z.unknown(), "POST", lease(leaseId, "progress"), body, { timeoutSeconds });
    },
    finish: (leaseId, body) =>
      send(finishAnswerSchema, "POST", lease(leaseId, "finish"), body, { timeoutSeconds }),
    sendLog: (leaseId, body, signal) =>
      send(logPositionSchema, "POST", lease(leaseId, "logs"), body, { signal, timeoutSeconds }),
    logPosition: (leaseId, signal) =>
      send(logPositionSchema, "GET", lease(leaseId, "logs"), undefined, { signal, timeoutSeconds }),
    async operationProgress(leaseId, body) {
      await send(z.unknown(), "POST", operation(leaseId, "progress"), body, { timeoutSeconds });
    },
    operationFinish: (leaseId, body) =>
      send(finishAnswerSchema, "POST", operation(leaseId, "finish"), body, {
        timeoutSeconds: bytesTimeoutSeconds,
      }),
    async getState(leaseId, signal) {
      const options = { signal, timeoutSeconds: bytesTimeoutSeconds };
      const { bytes, headers } = await exchange("GET", operation(leaseId, "state"), null, options);
      const version = (name: string) => decodeURIComponent(headers.get(`seatrial-state-${name}`) ?? "");
      return { bytes, engine: version("engine"), provider: version("provider") };
    },
    async putState(leaseId, { bytes, engine, provider }) {
      const path = `${operation(leaseId, "state")}?${new URLSearchParams({ engine, provider })}`;
      await exchange("PUT", path, bytes, { timeoutSeconds: bytesTimeoutSeconds });
    },
    sweep: (body) =>
      send(sweepAnswerSchema, "POST", "/agent/v1/sweep", body, { timeoutSeconds: bytesTimeoutSeconds }),
    content: (grant, signal) => openContent(http.fetch, options.hubUrl, grant, signal),
    close: http.close,
  };
}
