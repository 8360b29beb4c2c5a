/**
 * Text that Postgres can store and that keeps its number of UTF-8 bytes, because offsets count them: NUL becomes the
 * substitute character U+001A (one byte each), a lone surrogate U+FFFD (counted as three bytes either way).
 */
export function safeLogText(text: string): string {
  return text.replaceAll("\0", "\u001A").toWellFormed();
}

/** UTF-8 bytes. */
export function logBytes(text: string): number {
  return Buffer.byteLength(text);
}

/** The text without its first `bytes` bytes; a character that lies across is left out whole. */
export function cutStart(text: string, bytes: number): string {
  if (bytes <= 0) return text;
  const all = Buffer.from(text);
  let start = Math.min(bytes, all.length);
  while (start < all.length && isContinuation(all[start])) start += 1;
  return all.subarray(start).toString();
}

/** As much of the text as fits into `bytes`, in whole characters. */
export function cutEnd(text: string, bytes: number): string {
  const all = Buffer.from(text);
  let end = Math.min(Math.max(0, bytes), all.length);
  while (end > 0 && end < all.length && isContinuation(all[end])) end -= 1;
  return all.subarray(0, end).toString();
}

/** The text in pieces of at most `most` bytes, in whole characters. */
export function* splitChunks(text: string, most: number): Generator<string> {
  let rest = text;
  while (rest !== "") {
    const chunk = cutEnd(rest, most);
    yield chunk;
    rest = rest.slice(chunk.length);
  }
}

/** Bytes 10xxxxxx go on with a character (RFC 3629). */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
