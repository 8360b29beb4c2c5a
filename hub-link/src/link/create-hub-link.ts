import {
  acknowledgeAnswerSchema,
  type acknowledgeRequestSchema,
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
import { agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import { type Logger, silentLogger } from "@seatrial/contracts/logger.ts";
import { type Clock, systemClock } from "@seatrial/contracts/time/clock.ts";
import { z } from "zod";
import type { MemberKey } from "../key/member-key.ts";
import { createDialect } from "./create-dialect.ts";
import { createSender, type SendOptions } from "./create-sender.ts";
import { createHubFetch, type HubFetch } from "./hub-fetch.ts";
import { createLeaseCalls, type LeaseCalls } from "./lease-calls.ts";
import { openContent } from "./open-content.ts";

/**
 * Every route of the agent protocol, typed, in the version that the hub serves. Each call throws `SeatrialError`: the
 * hub's own code, or `unavailable` when the hub did not answer in time or not in its language. No call is repeated here
 * but for its nonce and its version.
 */
export type HubLink = LeaseCalls & {
  join: (request: JoinRequest) => Promise<JoinAnswer>;
  acknowledge: (
    request: z.infer<typeof acknowledgeRequestSchema>,
  ) => Promise<z.infer<typeof acknowledgeAnswerSchema>>;
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
  const logger = options.logger ?? silentLogger;
  const { send, exchange } = createSender({
    hubUrl: options.hubUrl,
    key: options.key,
    fetch: http.fetch,
    clock,
    logger,
  });
  const dialect = createDialect({ clock, logger });
  const { speak } = dialect;
  const timeoutSeconds = options.timeoutSeconds ?? 15;
  const bytesTimeoutSeconds = timeoutSeconds * 4;
  const lease = (id: string, verb: string) => `leases/${encodeURIComponent(id)}/${verb}`;
  const operation = (id: string, verb: string) => `operations/${encodeURIComponent(id)}/${verb}`;
  /** A route that is the same in both versions. */
  const call = <Schema extends z.ZodType>(
    schema: Schema,
    method: "GET" | "POST",
    route: string,
    body: unknown,
    sending: SendOptions = {},
  ) =>
    speak((protocol) =>
      send(schema, method, agentPath(protocol, route), body, { timeoutSeconds, ...sending }),
    );

  return {
    ...createLeaseCalls(dialect, send, timeoutSeconds),
    join: (body) => call(joinAnswerSchema, "POST", "join", body, { announceKey: true }),
    acknowledge: (body) => call(acknowledgeAnswerSchema, "POST", "acknowledge", body),
    async noteNetworkPolicy(body) {
      await call(z.unknown(), "POST", "network-policy", body);
    },
    async progress(leaseId, body) {
      await call(z.unknown(), "POST", lease(leaseId, "progress"), body);
    },
    finish: (leaseId, body) => call(finishAnswerSchema, "POST", lease(leaseId, "finish"), body),
    sendLog: (leaseId, body, signal) =>
      call(logPositionSchema, "POST", lease(leaseId, "logs"), body, { signal }),
    logPosition: (leaseId, signal) =>
      call(logPositionSchema, "GET", lease(leaseId, "logs"), undefined, { signal }),
    async operationProgress(leaseId, body) {
      await call(z.unknown(), "POST", operation(leaseId, "progress"), body);
    },
    operationFinish: (leaseId, body) =>
      call(finishAnswerSchema, "POST", operation(leaseId, "finish"), body, {
        timeoutSeconds: bytesTimeoutSeconds,
      }),
    async getState(leaseId, signal) {
      const route = operation(leaseId, "state");
      const sending = { signal, timeoutSeconds: bytesTimeoutSeconds };
      const { bytes, headers } = await speak((protocol) =>
        exchange("GET", agentPath(protocol, route), null, sending),
      );
      const version = (name: string) => decodeURIComponent(headers.get(`seatrial-state-${name}`) ?? "");
      return { bytes, engine: version("engine"), provider: version("provider") };
    },
    async putState(leaseId, { bytes, engine, provider }) {
      const route = `${operation(leaseId, "state")}?${new URLSearchParams({ engine, provider })}`;
      const sending = { timeoutSeconds: bytesTimeoutSeconds };
      await speak((protocol) => exchange("PUT", agentPath(protocol, route), bytes, sending));
    },
    sweep: (body) => call(sweepAnswerSchema, "POST", "sweep", body, { timeoutSeconds: bytesTimeoutSeconds }),
    content: (grant, signal) => openContent(http.fetch, options.hubUrl, grant, signal),
    close: http.close,
  };
}
