import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * The token of a lease for the helper in its pod: HMAC-SHA-256 of the lease's id, so a grant that is handed out
 * again carries the same one and nothing is stored. It opens only what the lease's own state still allows.
 */
export function leaseToken(secret: Uint8Array, leaseId: string): string {
  return createHmac("sha256", secret).update(`lease ${leaseId}`).digest("base64url");
}

/** True when this is the token of this lease; takes the same time for any wrong one. */
export function isLeaseToken(secret: Uint8Array, leaseId: string, token: string): boolean {
  const [expected, given] = [Buffer.from(leaseToken(secret, leaseId)), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}
