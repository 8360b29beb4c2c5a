import { isDeepStrictEqual } from "node:util";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { z } from "zod";
import { safeTexts } from "../reports/safe-text.ts";

/** An opaque cursor from the values that a listing is ordered by. */
export function encodeCursor(values: unknown): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** Reads a cursor back. Throws `invalid_request` when the hub did not make it. */
export function decodeCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw badCursor();
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success || !isDeepStrictEqual(safeTexts(value), value)) throw badCursor();
  return parsed.data;
}

/** A number that fits an `integer` column, for cursors: beyond it the database would fail. */
export const storedInteger = z.int().min(0).max(2_147_483_647);

/** A moment that fits a `timestamp` column, for cursors. */
export const storedMoment = z.coerce.date().min(new Date(0)).max(new Date("9999-12-31"));

/** Cuts a page out of rows that were read with `limit + 1`. */
export function pageOf<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => unknown) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null;
  return { items, nextCursor };
}

function badCursor(): SeatrialError {
  const message = "not a cursor of this listing: use 'nextCursor' of the page before, or leave it out";
  return new SeatrialError("invalid_request", `/query/cursor: ${message}`, {
    fields: [{ path: "/query/cursor", message }],
  });
}
