import { createHash } from "node:crypto";

/** Before the digest of what will never change again, so that nobody draws it another time. */
export const finalMark = "f-";

/** Of something told to the forge: equal for equal content, at most 64 characters. */
export function digestOf(content: unknown, isFinal = false): string {
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 60);
  return isFinal ? finalMark + hash : hash;
}
