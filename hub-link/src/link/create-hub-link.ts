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
import {
  type FinishRequest,
  finishAnswerSchema,
  type LogPosition,
  logPositionSchema,
  type logRequestSchema,
  type progressRequestSchema,
} from "@seatrial/contracts/agent-protocol/report.ts";
import { type Clock, systemClock } from "@seatrial/contracts/time/clock.ts";
import { z } from "zod";
import type { MemberKey } from "../key/member-key.ts";
import { createSender } from "./create-sender.ts";
import { createHubFetch, type HubFetch } from "./hub-fetch.ts";

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
  progress: (leaseId: string, request: z.infer<typeof progressRequestSchema>) => Promise<void>;
  finish: (leaseId: string, request: FinishRequest) => Promise<z.infer<typeof finishAnswerSchema>>;
  sendLog: (
    leaseId: string,
    request: z.infer<typeof logRequestSchema>,
    signal?: AbortSignal,
  ) => Promise<LogPosition>;
  logPosition: (leaseId: string, signal?: AbortSignal) => Promise<LogPosition>;
  /** Closes the connections; a held claim ends with `unavailable`. */
  close: () => Promise<void>;
};

export type HubLinkOptions = {
  /** The hub's public URL: proofs name it, so it must be the one the hub is configured with. */
  hubUrl: string;
  /** The CA that the hub's certificate comes from; null: the system's. */
  caPem: string | null;
  key: MemberKey;
  fetch?: HubFetch;
  clock?: Clock;
  /** Seconds until a call other than a claim gives up; 15 by default. */
  timeoutSeconds?: number;
};

/** A link to one hub with one key. See `HubLink` for what its calls promise. */
export function createHubLink(options: HubLinkOptions): HubLink {
  const clock = options.clock ?? systemClock;
  const http = options.fetch
    ? { fetch: options.fetch, close: async () => {} }
    : createHubFetch(options.caPem);
  const send = createSender({ hubUrl: options.hubUrl, key: options.key, fetch: http.fetch, clock });
  const timeoutSeconds = options.timeoutSeconds ?? 15;
  const lease = (id: string, verb: string) => `/agent/v1/leases/${encodeURIComponent(id)}/${verb}`;

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
    async progress(leaseId, body) {
      await send(z.unknown(), "POST", lease(leaseId, "progress"), body, { timeoutSeconds });
    },
    finish: (leaseId, body) =>
      send(finishAnswerSchema, "POST", lease(leaseId, "finish"), body, { timeoutSeconds }),
    sendLog: (leaseId, body, signal) =>
      send(logPositionSchema, "POST", lease(leaseId, "logs"), body, { signal, timeoutSeconds }),
    logPosition: (leaseId, signal) =>
      send(logPositionSchema, "GET", lease(leaseId, "logs"), undefined, { signal, timeoutSeconds }),
    close: http.close,
  };
}
