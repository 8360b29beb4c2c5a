import { createHash } from "node:crypto";
import { publicJwkSchema } from "@seatrial/contracts/agent-protocol/join.ts";
import {
  type ProofPayload,
  proofHeader,
  proofLeewaySeconds,
  proofPayloadSchema,
  proofType,
} from "@seatrial/contracts/agent-protocol/proof.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK, type JWK } from "jose";

/** What a proof must match. `urls` are the request's URL under each address of the hub that agents may use. */
export type ProvenRequest = { method: string; urls: readonly string[]; body: Uint8Array };

export type ReadProof = { thumbprint: string; payload: ProofPayload };

const bareHeader = (proof: string) => {
  try {
    return decodeProtectedHeader(proof);
  } catch {
    return refuse("it is no compact JWS");
  }
};

/** The key a proof names: its own `jwk` (joining) or the thumbprint in `kid`. */
export async function readProofKey(proof: string): Promise<{ jwk: JWK | null; thumbprint: string }> {
  const header = bareHeader(proof);
  if (header.typ !== proofType || header.alg !== "ES256")
    refuse(`its header must say typ "${proofType}" and alg "ES256"`);
  if (header.jwk === undefined) {
    const { kid } = header;
    if (typeof kid !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(kid))
      return refuse("its header names no key in 'kid'");
    return { jwk: null, thumbprint: kid };
  }
  const jwk = publicJwkSchema.safeParse(header.jwk);
  if (!jwk.success) return refuse("the 'jwk' of its header is no public P-256 key");
  return { jwk: jwk.data, thumbprint: await calculateJwkThumbprint(jwk.data, "sha256") };
}

/**
 * Checks a proof against a key and the request that carries it: signature, method, URL, body, time. Not yet nonce and
 * single use. Errors: `proof_invalid` naming what differs, `clock_skew` naming both times.
 */
export async function readProof(
  proof: string,
  jwk: JWK,
  request: ProvenRequest,
  now: Date,
): Promise<ProofPayload> {
  const payload = await readPayload(proof, jwk);
  if (payload.htm !== request.method) refuse("it was made for another method");
  if (!request.urls.includes(payload.htu))
    refuse(`it was made for the URL ${payload.htu.slice(0, 500)}, and this is ${request.urls.join(" or ")}`);
  if (payload.bh !== createHash("sha256").update(request.body).digest("base64url"))
    refuse("the body is not the one it was made for");
  const skewSeconds = payload.iat - now.getTime() / 1_000;
  if (Math.abs(skewSeconds) > proofLeewaySeconds) throw clockSkew(payload.iat, now, skewSeconds);
  return payload;
}

async function readPayload(proof: string, jwk: JWK): Promise<ProofPayload> {
  let bytes: Uint8Array;
  try {
    const key = await openKey(jwk);
    bytes = (await compactVerify(proof, key, { algorithms: ["ES256"] })).payload;
  } catch {
    return refuse("its signature does not fit its key");
  }
  try {
    return proofPayloadSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return refuse("its payload does not have the fields of a proof");
  }
}

/** Members prove each request with the same key, and opening one costs as much as the check. Least used ones go first. */
const openKeys = new Map<string, ReturnType<typeof importJWK>>();
const openKeysMost = 1_000;

function openKey(jwk: JWK): ReturnType<typeof importJWK> {
  const name = JSON.stringify([jwk.kty, jwk.crv, jwk.x, jwk.y]);
  const key = openKeys.get(name) ?? importJWK({ ...jwk, alg: "ES256" }, "ES256");
  openKeys.delete(name);
  openKeys.set(name, key);
  // A key that does not open is refused each time anew, and not kept.
  key.catch(() => openKeys.delete(name));
  const [oldest] = openKeys.keys();
  if (openKeys.size > openKeysMost && oldest !== undefined) openKeys.delete(oldest);
  return key;
}

function clockSkew(issuedAtSeconds: number, now: Date, skewSeconds: number): SeatrialError {
  const agentTime = new Date(Math.max(-8.64e15, Math.min(8.64e15, issuedAtSeconds * 1_000))).toISOString();
  const direction = skewSeconds > 0 ? "ahead of" : "behind";
  const message = `The sender's clock says ${agentTime} and the hub's ${now.toISOString()}: it is ${Math.round(Math.abs(skewSeconds))} s ${direction} the hub's, ${proofLeewaySeconds} s are allowed. Set the clock of the sender's node (NTP).`;
  return new SeatrialError("clock_skew", message, { facts: { agentTime, hubTime: now.toISOString() } });
}

function refuse(problem: string): never {
  throw new SeatrialError("proof_invalid", `The request's proof (${proofHeader}) is refused: ${problem}.`);
}
