import { expiresLabel } from "../labels.ts";

/** When something expires, in seconds since 1970, as its label says; null: it has none, or one that is no number. */
export function readExpiry(labels: Record<string, string> | undefined): number | null {
  const text = labels?.[expiresLabel];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;
}
