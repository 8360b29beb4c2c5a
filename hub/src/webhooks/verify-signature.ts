import { createHmac, timingSafeEqual } from "node:crypto";

/** What a signature looks like: without, there is nothing to compare, and no body has to be read. */
export const signaturePattern = /^sha256=([0-9a-f]{64})$/;

/**
 * Whether one of the secrets made this `X-Hub-Signature-256` of the body: HMAC with SHA-256 over its bytes as they came
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). Every secret is tried, in constant
 * time each, so that how long it takes tells nothing.
 */
export function isSigned(
  body: Uint8Array,
  signature: string | undefined,
  secrets: readonly string[],
): boolean {
  const hex = signaturePattern.exec(signature ?? "")?.[1] ?? "";
  const given = Buffer.alloc(32);
  given.write(hex, "hex");
  let isFound = false;
  for (const secret of secrets) {
    const made = createHmac("sha256", secret).update(body).digest();
    isFound = timingSafeEqual(made, given) || isFound;
  }
  return isFound && hex !== "";
}
