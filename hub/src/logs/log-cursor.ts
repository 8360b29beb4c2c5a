import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { type LogPosition, logStart } from "./log-position.ts";
import type { LoggedAttempt } from "./logged-attempts.ts";
import { readToldAttempts } from "./told-attempts.ts";

/** How far a reader got in the outputs of a run. */
export type LogCursor = {
  positionIn(attemptId: string): LogPosition;
  moveTo(attemptId: string, position: LogPosition): void;
  /** Whether `finish` was called for it, now or before a resume. */
  isFinished(attempt: LoggedAttempt): boolean;
  /** All of an output that does not grow any more was told: its position is not needed, so ids stay short. */
  finish(attempt: LoggedAttempt): void;
  /** All of this as one opaque text: it is the id of an event. */
  encode(): string;
};

const shortId = (attemptId: string) => attemptId.slice(2, 12);
const entryPattern = /^([a-z2-7]{1,10}):([0-9a-z]{1,7})(!?)$/;

/** From the id of an event; from the start without one. Throws `invalid_request` for a text of somebody else. */
export function readLogCursor(id: string | undefined): LogCursor {
  const entries = id ? id.split(",") : [];
  const positions = readPositions(entries.filter((entry) => !entry.startsWith("~")));
  const told = readToldAttempts(entries.filter((entry) => entry.startsWith("~")));
  if (told === null) throw badCursor();
  return {
    positionIn: (attemptId) => positions.get(shortId(attemptId)) ?? logStart,
    moveTo: (attemptId, position) => void positions.set(shortId(attemptId), position),
    isFinished: told.has,
    finish(attempt) {
      told.add(attempt);
      positions.delete(shortId(attempt.id));
    },
    encode: () =>
      [
        ...told.entries(),
        ...Array.from(
          positions,
          ([short, { offset, passedGap }]) => `${short}:${offset.toString(36)}${passedGap ? "!" : ""}`,
        ),
      ].join(","),
  };
}

function readPositions(entries: readonly string[]): Map<string, LogPosition> {
  const positions = new Map<string, LogPosition>();
  for (const entry of entries) {
    const [, short, offset, gap] = entryPattern.exec(entry) ?? [];
    const bytes = Number.parseInt(offset ?? "", 36);
    if (short === undefined || !(bytes <= limits.attemptLogBytes)) throw badCursor();
    positions.set(short, { offset: bytes, passedGap: gap === "!" });
  }
  return positions;
}

function badCursor(): SeatrialError {
  const message = "must be the id of an event of this stream, or be left out";
  return new SeatrialError("invalid_request", `/header/last-event-id: ${message}`, {
    fields: [{ path: "/header/last-event-id", message }],
  });
}
