import type { Actor } from "@seatrial/contracts/actor.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { Transaction } from "../database/database.ts";
import { auditEntries } from "../database/schema/projects.ts";

export type NewAuditEntry = {
  /** Null for acts of the platform team. */
  readonly projectId: string | null;
  readonly at: Date;
  readonly actor: Actor;
  /** Noun and verb: `token.create`. */
  readonly action: string;
  /** The id or name of what was acted on. */
  readonly subject: string;
  /** Never secrets. */
  readonly data?: Record<string, unknown>;
};

/** Notes who did what, in the transaction of the deed. */
export async function writeAudit(tx: Transaction, entry: NewAuditEntry): Promise<void> {
  await tx.insert(auditEntries).values({ id: newId("audit"), data: {}, ...entry });
}
