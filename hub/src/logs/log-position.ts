/** How far a reader got in an attempt's output: the next byte, and whether a gap record right there was passed. */
export type LogPosition = { readonly offset: number; readonly passedGap: boolean };
export const logStart: LogPosition = { offset: 0, passedGap: false };

/** Chunks in the order of reading: a record without text (a gap) comes before the text at its offset. */
export function isAfter(position: LogPosition, chunk: { offset: number; text: string }): boolean {
  if (chunk.offset !== position.offset) return chunk.offset > position.offset;
  return chunk.text !== "" || !position.passedGap;
}

/** The position behind a chunk. */
export function positionAfter(chunk: { offset: number; text: string }): LogPosition {
  return { offset: chunk.offset + Buffer.byteLength(chunk.text), passedGap: chunk.text === "" };
}
