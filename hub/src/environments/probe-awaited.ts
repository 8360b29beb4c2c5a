import type { EnvironmentRow } from "./environment-row.ts";

/** True when somebody asked for a probe that is newer than the last one that succeeded. */
export function isProbeAwaited({
  proveAfter,
  provedAt,
}: Pick<EnvironmentRow, "proveAfter" | "provedAt">): boolean {
  return proveAfter !== null && (provedAt === null || provedAt < proveAfter);
}
