import { timestamp } from "drizzle-orm/pg-core";

/** A moment in UTC, to the millisecond. The hub's injected clock sets it: never `now()` in SQL, so tests own time. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });
