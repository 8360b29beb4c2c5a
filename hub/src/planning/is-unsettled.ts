import { sql } from "drizzle-orm";
import { attempts } from "../database/schema/runs.ts";

/** `unsettled` of the schema, where other tables have columns of the same names. Served by `attempts_unsettled`. */
export const isUnsettled = sql`not ${attempts.settled} and ${attempts.endedAt} is not null`;
