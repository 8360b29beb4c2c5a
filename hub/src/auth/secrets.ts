import { createHash, randomBytes } from "node:crypto";

/** SHA-256 in hex: how the hub keeps every secret it must recognise. Enough, because the secrets are random. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** A new secret of 256 random bits. The prefix tells people and scanners what leaked. */
export function newSecret(prefix: "st" | "sj" | "sl"): string {
  return `${prefix}_${randomBytes(32).toString("base64url")}`;
}
