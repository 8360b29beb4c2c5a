import {
  type ClaimAnswer,
  type ClaimRequest,
  claimAnswerSchema,
} from "@seatrial/contracts/agent-protocol/claim.ts";
import {
  type AdoptAnswer,
  adoptAnswerSchema,
  type adoptRequestSchema,
  type HeartbeatAnswer,
  heartbeatAnswerSchema,
  type heartbeatRequestSchema,
} from "@seatrial/contracts/agent-protocol/hold.ts";
import {
  adoptAnswerV1Schema,
  adoptFromV1,
  claimAnswerV1Schema,
  claimFromV1,
  heartbeatAnswerV1Schema,
  heartbeatFromV1,
} from "@seatrial/contracts/agent-protocol/v1.ts";
import { agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { z } from "zod";
import type { Dialect } from "./create-dialect.ts";
import type { Send, SendOptions } from "./create-sender.ts";

/** The calls about all leases at once, whose answers are not the same in both versions of the protocol. */
export type LeaseCalls = {
  claim: (request: ClaimRequest, signal?: AbortSignal) => Promise<ClaimAnswer>;
  heartbeat: (
    request: z.infer<typeof heartbeatRequestSchema>,
    signal?: AbortSignal,
  ) => Promise<HeartbeatAnswer>;
  adopt: (request: z.infer<typeof adoptRequestSchema>) => Promise<AdoptAnswer>;
};

/** Speaks each call in the hub's version; answers are always those of the newest. */
export function createLeaseCalls({ speak }: Dialect, send: Send, timeoutSeconds: number): LeaseCalls {
  return {
    claim: (body, signal) =>
      speak(async (protocol) => {
        const options: SendOptions = { signal, timeoutSeconds: body.waitSeconds + timeoutSeconds };
        if (protocol !== 1)
          return send(claimAnswerSchema, "POST", agentPath(protocol, "claim"), body, options);
        const { spool: _, ...older } = body;
        return claimFromV1(await send(claimAnswerV1Schema, "POST", "/agent/v1/claim", older, options));
      }),
    heartbeat: (body, signal) =>
      speak(async (protocol) => {
        const path = agentPath(protocol, "heartbeat");
        const options: SendOptions = { signal, timeoutSeconds };
        if (protocol !== 1) return send(heartbeatAnswerSchema, "POST", path, body, options);
        return heartbeatFromV1(await send(heartbeatAnswerV1Schema, "POST", path, body, options));
      }),
    adopt: (body) =>
      speak(async (protocol) => {
        const path = agentPath(protocol, "adopt");
        if (protocol !== 1) return send(adoptAnswerSchema, "POST", path, body, { timeoutSeconds });
        return adoptFromV1(await send(adoptAnswerV1Schema, "POST", path, body, { timeoutSeconds }));
      }),
  };
}
