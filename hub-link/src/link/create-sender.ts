import { nonceHeader, proofHeader } from "@seatrial/contracts/agent-protocol/proof.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { z } from "zod";
import { readBytes, StaleConnectionError } from "../http/create-http-client.ts";
import type { MemberKey } from "../key/member-key.ts";
import { signProof } from "../proof/sign-proof.ts";
import { createHubClock } from "./hub-clock.ts";
import type { HubFetch } from "./hub-fetch.ts";
import { errorOfAnswer, isOk, readAnswer, type WholeAnswer } from "./read-answer.ts";

export type SenderDeps = { hubUrl: string; key: MemberKey; fetch: HubFetch; clock: Clock; logger: Logger };
export type SendOptions = {
  signal?: AbortSignal | undefined;
  timeoutSeconds?: number;
  announceKey?: boolean;
};
/** Sends one proved request. Throws a `SeatrialError`: the hub's own, or `unavailable` when nothing came of it. */
export type Send = <Schema extends z.ZodType>(
  schema: Schema,
  method: "GET" | "POST",
  path: string,
  body: unknown,
  options?: SendOptions,
) => Promise<z.infer<Schema>>;
/** The same for bodies that are no JSON; null sends none. Answers only what is 2xx. */
export type Exchange = (
  method: "GET" | "PUT",
  path: string,
  body: Uint8Array | null,
  options?: SendOptions,
) => Promise<WholeAnswer>;

/**
 * Signs requests and keeps the newest nonce of the hub and its time. A request is repeated once with the nonce that it
 * was asked for, and once with the hub's time when this machine's clock is wrong.
 */
export function createSender(deps: SenderDeps): { send: Send; exchange: Exchange } {
  const { hubUrl, key, fetch } = deps;
  const hubClock = createHubClock(deps.clock, deps.logger);
  let newestNonce: string | null = null;
  const base = hubUrl.replace(/\/+$/, "");

  async function once(
    method: string,
    url: string,
    body: string | Uint8Array | null,
    nonce: string | null,
    options: SendOptions,
  ) {
    const proof = await signProof({
      key,
      method,
      url,
      body: body ?? "",
      nonce,
      now: hubClock.now(),
      announceKey: options.announceKey ?? false,
    });
    const headers = {
      [proofHeader]: proof,
      ...(body === null ? {} : { "content-type": contentTypeOf(body) }),
    };
    const response = await reach(fetch, method, url, { headers, body, ...options });
    newestNonce = response.headers.get(nonceHeader) ?? newestNonce;
    return response;
  }

  /** The hub's last word on a request: repeated once on a dead connection, and once for each thing it asks for. */
  async function proved(
    method: string,
    path: string,
    body: string | Uint8Array | null,
    options: SendOptions,
  ): Promise<WholeAnswer> {
    const url = `${base}${path}`;
    let answer = await once(method, url, body, newestNonce, options).catch((error) => {
      // Each of the routes may be repeated; the proof may not, so this makes another.
      if (isStale(error)) return once(method, url, body, newestNonce, options);
      throw error;
    });
    let isCorrected = false;
    for (let tries = 0; tries < 2 && !isOk(answer); tries += 1) {
      const refusal = errorOfAnswer(answer, path);
      // The nonce of that very answer: another request may have used up the newest one in between.
      const given = answer.headers.get(nonceHeader);
      const isClock = refusal.code === "clock_skew" && !isCorrected;
      if (isClock) isCorrected = hubClock.learn(refusal, answer.headers.get("date"));
      if (!(isClock && isCorrected) && !(refusal.code === "nonce_required" && given !== null)) break;
      answer = await once(method, url, body, given ?? newestNonce, options);
    }
    return answer;
  }

  return {
    async send(schema, method, path, body, options = {}) {
      const text = body === undefined ? null : JSON.stringify(body);
      return readAnswer(schema, await proved(method, path, text, options), `${method} ${path}`);
    },
    async exchange(method, path, body, options = {}) {
      const answer = await proved(method, path, body, options);
      if (!isOk(answer)) throw errorOfAnswer(answer, `${method} ${path}`);
      return answer;
    },
  };
}

const contentTypeOf = (body: string | Uint8Array) =>
  typeof body === "string" ? "application/json" : "application/octet-stream";

async function reach(
  fetch: HubFetch,
  method: string,
  url: string,
  request: { headers: Record<string, string>; body: string | Uint8Array | null } & SendOptions,
): Promise<WholeAnswer> {
  const seconds = request.timeoutSeconds ?? 15;
  const timeout = AbortSignal.timeout(seconds * 1_000);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  try {
    const response = await fetch(url, { method, headers: request.headers, body: request.body, signal });
    return { status: response.status, headers: response.headers, bytes: await readBytes(response.body) };
  } catch (error) {
    const why = timeout.aborted ? `no answer within ${seconds} s` : messageOf(error);
    throw new SeatrialError(
      "unavailable",
      `The hub at ${url} cannot be reached: ${why}`,
      {},
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isStale(error: unknown): boolean {
  return error instanceof SeatrialError && error.cause instanceof StaleConnectionError;
}
