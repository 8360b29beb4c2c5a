import type { webcrypto } from "node:crypto";
import { publicJwkSchema } from "@seatrial/contracts/agent-protocol/join.ts";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";
import { z } from "zod";

/** A private ES256 key as it is stored. */
export const privateJwkSchema = publicJwkSchema.extend({ d: z.string().max(60) });
export type PrivateJwk = z.infer<typeof privateJwkSchema>;
export type PublicJwk = z.infer<typeof publicJwkSchema>;

/** A key that is ready to sign. `thumbprint` (RFC 7638, SHA-256) is the name the hub knows it by. */
export type MemberKey = {
  privateJwk: PrivateJwk;
  publicJwk: PublicJwk;
  thumbprint: string;
  signingKey: webcrypto.CryptoKey;
};

/** Makes a new ES256 key. Nothing is stored. */
export async function createMemberKey(): Promise<MemberKey> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  return openMemberKey(privateJwkSchema.parse(await exportJWK(pair.privateKey)));
}

/** Opens a stored key. Throws when the JWK is not an ES256 private key. */
export async function openMemberKey(stored: unknown): Promise<MemberKey> {
  const privateJwk = privateJwkSchema.parse(stored);
  const publicJwk = publicJwkSchema.parse(privateJwk);
  const signingKey = await importJWK(privateJwk, "ES256");
  if (!(signingKey instanceof CryptoKey)) throw new TypeError("an ES256 key must be asymmetric");
  return { privateJwk, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk), signingKey };
}
