import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { safeText } from "../reports/safe-text.ts";

/**
 * Refuses a checked part of a request that holds text which Postgres cannot store (NUL, half a surrogate pair):
 * otherwise it would fail in the database, as if the hub were at fault. Throws `invalid_request` naming the field.
 */
export function refuseUnsafeText(value: unknown, target: string): void {
  const path = unsafePath(value, target === "json" ? "" : `/${target}`);
  if (path === null) return;
  const message = "must not contain NUL or half a character (a lone surrogate)";
  throw new SeatrialError("invalid_request", `${path}: ${message}`, { fields: [{ path, message }] });
}

function unsafePath(value: unknown, path: string): string | null {
  if (typeof value === "string") return safeText(value) === value ? null : path;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, field] of Object.entries(value)) {
    const found = unsafePath(field, `${path}/${safeText(key)}`);
    if (found !== null) return found;
  }
  return null;
}
