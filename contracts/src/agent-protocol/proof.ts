import { z } from "zod";

/**
 * Each request of an agent carries a proof: a compact JWS (ES256) in `Seatrial-Proof`, after the pattern of DPoP
 * (RFC 9449) with no bearer token. The key is looked up by its thumbprint (RFC 7638), so a revocation cuts at once.
 * The hub answers every agent request with a fresh `Seatrial-Nonce`; a proof without a valid nonce gets
 * `nonce_required` and is repeated with the nonce of that answer.
 */
export const proofHeader = "seatrial-proof";
export const nonceHeader = "seatrial-nonce";
export const proofType = "seatrial-proof+jwt";
/** Issued-at may differ by this much from the hub's clock; beyond it the error is `clock_skew` and names both times. */
export const proofLeewaySeconds = 60;

export const proofPayloadSchema = z
  .object({
    /** HTTP method, upper case. */
    htm: z.string().max(10),
    /** The request's URL from the hub's public URL, with query, without fragment. */
    htu: z.string().max(4_000),
    /** base64url(SHA-256(body)); of the empty body where there is none. */
    bh: z.string().length(43),
    nonce: z.string().max(200).optional(),
    /** Seconds since 1970. */
    iat: z.number(),
    /** Unique per proof: a second use is `proof_replayed`. */
    jti: z
      .string()
      .min(16)
      .max(64)
      .regex(/^[\x21-\x7e]+$/),
  })
  .strict();
export type ProofPayload = z.infer<typeof proofPayloadSchema>;
