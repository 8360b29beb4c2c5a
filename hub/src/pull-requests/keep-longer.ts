import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, asc, eq, ne } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { Wake } from "../database/transact.ts";
import { writeChange } from "../environments/change-environment.ts";
import { extension } from "../environments/extend-environment.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/**
 * Promises that the pull request's environments are removed no earlier than `seconds` from now. Null: it is so; else why
 * not. The pull request must be locked.
 */
export async function keepLonger(
  tx: Transaction,
  wake: Wake,
  { id, projectId }: PullRequestRow,
  seconds: number,
  by: { actor: Actor; at: Date },
): Promise<string | null> {
  const rows = await tx
    .select()
    .from(environments)
    .where(
      and(
        eq(environments.projectId, projectId),
        eq(environments.pullRequestId, id),
        ne(environments.state, "deleted"),
        ne(environments.wanted, "gone"),
      ),
    )
    // In one order, so that two who do the same never wait for each other.
    .orderBy(asc(environments.id))
    .for("update");
  if (rows.length === 0) return "there is no environment to keep: bring it with /seatrial up";
  for (const environment of rows) {
    const change = extension(environment, seconds, by.at);
    if (change !== null)
      await writeChange(tx, wake, environment, change, { action: "environment.extend", ...by });
  }
  return null;
}
