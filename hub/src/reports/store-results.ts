import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { and, eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { results } from "../database/schema/runs.ts";
import type { ParsedResult } from "./parsed-result.ts";
import { createUniqueNames } from "./unique-names.ts";

/** Rows of one insert: far below the 65 535 parameters of a statement. */
const batchRows = 1_000;

type Owner = { attemptId: string; runId: string; projectId: string };

/**
 * Stores what one report says of an attempt. The same report again replaces what it said before. A name that is taken
 * gets ` (2)`. More than `limits.reportCases` results of one attempt are `report_invalid`.
 */
export async function replaceResults(
  tx: Transaction,
  owner: Owner,
  source: string,
  parsed: readonly ParsedResult[],
): Promise<void> {
  const ofAttempt = eq(results.attemptId, owner.attemptId);
  await tx.delete(results).where(and(ofAttempt, eq(results.source, source)));
  const others = await tx.select({ case: results.case }).from(results).where(ofAttempt);
  if (others.length + parsed.length > limits.reportCases)
    throw new SeatrialError(
      "report_invalid",
      `The reports of this attempt have more than ${limits.reportCases} cases together: use more shards.`,
    );
  const unique = createUniqueNames(new Set(others.map((row) => row.case)));
  for (let start = 0; start < parsed.length; start += batchRows) {
    const rows = parsed.slice(start, start + batchRows).map(({ seconds, case: name, ...rest }) => ({
      ...owner,
      ...rest,
      source,
      case: unique(name),
      milliseconds: seconds === null ? null : Math.round(seconds * 1_000),
    }));
    await tx.insert(results).values(rows);
  }
}
