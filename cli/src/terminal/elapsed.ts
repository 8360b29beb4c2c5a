/** A time span in the fewest characters that still tell: `0.4s`, `7s`, `1m 05s`, `2h 10m`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 1) return `${seconds.toFixed(1)}s`;
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.round(seconds) % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** How long something took, or has taken until now; empty when it has not begun. */
export function elapsedBetween(start: string | null, end: string | null, now: number): string {
  if (start === null) return "";
  return elapsed((end === null ? now : Date.parse(end)) - Date.parse(start));
}
