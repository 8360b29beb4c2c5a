import type { EnvironmentRow } from "./environment-row.ts";

/** When an environment is removed unless somebody extends it: at the end of its time or of its pin, whichever is later. */
export function expiresAt({ expiresAt: end, pin }: Pick<EnvironmentRow, "expiresAt" | "pin">): Date {
  const pinnedUntil = pin ? new Date(pin.until) : end;
  return pinnedUntil > end ? pinnedUntil : end;
}
