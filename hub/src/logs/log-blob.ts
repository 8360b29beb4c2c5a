/** Console output kept as one blob after an attempt's end: JSON lines, one per chunk, in order of offset. */
export type StoredLogChunk = { readonly offset: number; readonly text: string; readonly gap: string | null };

/** The blob of these chunks. */
export function encodeLogBlob(chunks: readonly StoredLogChunk[]): Uint8Array {
  const lines = chunks.map(({ offset, text, gap }) => `${JSON.stringify({ offset, text, gap })}\n`);
  return new TextEncoder().encode(lines.join(""));
}

/** Reads it back. */
export function decodeLogBlob(bytes: Uint8Array): StoredLogChunk[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as StoredLogChunk);
}
