import { createHmac, timingSafeEqual } from "node:crypto";

/** A nonce is good for one to two of these. */
const bucketSeconds = 120;

export type Nonces = {
  /** The nonce of now, the same for all agents: it proves that a proof is fresh, not who made it. */
  issue(now: Date): string;
  /** True for a nonce that any replica issued within the last 2 to 4 minutes. */
  accepts(nonce: string, now: Date): boolean;
};

/**
 * Nonces without a table: a keyed hash (HMAC-SHA-256, RFC 2104) of the time's bucket, as RFC 9449 section 8 suggests.
 * All replicas share `secret`.
 */
export function createNonces(secret: Uint8Array): Nonces {
  const nonceOf = (bucket: number) =>
    createHmac("sha256", secret).update(`nonce ${bucket}`).digest().subarray(0, 18).toString("base64url");
  const bucketOf = (now: Date) => Math.floor(now.getTime() / 1_000 / bucketSeconds);
  return {
    issue: (now) => nonceOf(bucketOf(now)),
    accepts(nonce, now) {
      const bucket = bucketOf(now);
      return [bucket, bucket - 1].some((candidate) => equals(nonceOf(candidate), nonce));
    },
  };
}

function equals(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
