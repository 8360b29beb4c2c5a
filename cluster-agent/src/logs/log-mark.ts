/**
 * How far a log has been read: the kubelet's stamp of the last line, in UTC, and how many bytes of that stamp are
 * done. The bytes matter for lines of many megabytes and for lines that share a stamp.
 */
export type LogMark = { stamp: string; bytes: number };

/** As text for the hub, at most 40 characters: `<stamp>+<bytes in base 36>`. */
export function formatLogMark(mark: LogMark): string {
  return `${mark.stamp}+${mark.bytes.toString(36)}`;
}

/** The mark a text says; null for none or for one this version did not write. */
export function parseLogMark(text: string | null): LogMark | null {
  const match = /^([^+]+(?:\+\d\d:\d\d)?)\+([0-9a-z]+)$/.exec(text ?? "");
  if (!match?.[1] || !match[2] || stampNanoseconds(match[1]) === null) return null;
  return { stamp: match[1], bytes: Number.parseInt(match[2], 36) };
}

/** A kubelet's stamp (RFC 3339 with up to nine decimals) in nanoseconds since 1970; null when it is none. */
export function stampNanoseconds(stamp: string): bigint | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(stamp);
  if (!match) return null;
  const milliseconds = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(milliseconds)) return null;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"));
}

/** The same moment in UTC, so that a mark of it has room for its bytes; null for what is no stamp. */
export function stampInUtc(stamp: string): string | null {
  const nanoseconds = stampNanoseconds(stamp);
  if (nanoseconds === null || stamp.endsWith("Z")) return nanoseconds === null ? null : stamp;
  const decimals = /\.\d+/.exec(stamp)?.[0] ?? "";
  const text = new Date(Number(nanoseconds / 1_000_000n)).toISOString();
  return `${text.slice(0, 19)}${decimals}Z`;
}
