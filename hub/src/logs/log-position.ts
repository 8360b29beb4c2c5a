import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";

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

const shortId = (attemptId: string) => attemptId.slice(2, 12);
const entryPattern = /^([a-z2-7]{1,10}):([0-9a-z]{1,7})(!?)$/;

/** Positions in many attempts as one opaque text: it is the id of an event, so it is short. */
export function encodePositions(positions: ReadonlyMap<string, LogPosition>): string {
  const entries = Array.from(
    positions,
    ([id, { offset, passedGap }]) => `${shortId(id)}:${offset.toString(36)}${passedGap ? "!" : ""}`,
  );
  return entries.join(",");
}

/** The way back: a function from attempt to position. Throws `invalid_request` for a text of somebody else. */
export function decodePositions(text: string | undefined): (attemptId: string) => LogPosition {
  const positions = new Map<string, LogPosition>();
  for (const entry of text ? text.split(",") : []) {
    const [, id, offset, gap] = entryPattern.exec(entry) ?? [];
    const bytes = Number.parseInt(offset ?? "", 36);
    if (id === undefined || !(bytes <= limits.attemptLogBytes)) throw badPosition();
    positions.set(id, { offset: bytes, passedGap: gap === "!" });
  }
  return (attemptId) => positions.get(shortId(attemptId)) ?? logStart;
}

function badPosition(): SeatrialError {
  const message = "must be the id of an event of this stream, or be left out";
  return new SeatrialError("invalid_request", `/header/last-event-id: ${message}`, {
    fields: [{ path: "/header/last-event-id", message }],
  });
}
