import { createHash, randomBytes } from "node:crypto";
import { proofType } from "@seatrial/contracts/agent-protocol/proof.ts";
import { SignJWT } from "jose";
import type { MemberKey } from "../key/member-key.ts";

export type ProofInput = {
  key: MemberKey;
  /** Upper case. */
  method: string;
  /** From the hub's public URL, with query, without fragment. */
  url: string;
  /** As it is sent (a text as UTF-8); the empty string for none. */
  body: string | Uint8Array;
  nonce: string | null;
  /** Milliseconds since 1970. */
  now: number;
  /** Joining announces the key itself; every other request only names its thumbprint. */
  announceKey: boolean;
};

/** base64url(SHA-256(body)), as in the proof's `bh`. */
export function bodyHash(body: string | Uint8Array): string {
  return createHash("sha256").update(body).digest("base64url");
}

/** A compact JWS that proves one request, after the pattern of DPoP (RFC 9449). Good for one use. */
export async function signProof(input: ProofInput): Promise<string> {
  const { key } = input;
  const payload = {
    htm: input.method,
    htu: input.url,
    bh: bodyHash(input.body),
    iat: Math.floor(input.now / 1_000),
    jti: randomBytes(18).toString("base64url"),
    ...(input.nonce === null ? {} : { nonce: input.nonce }),
  };
  const identity = input.announceKey ? { jwk: key.publicJwk } : { kid: key.thumbprint };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "ES256", typ: proofType, ...identity })
    .sign(key.signingKey);
}
