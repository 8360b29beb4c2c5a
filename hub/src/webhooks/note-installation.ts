import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { repositories } from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
import { isAnother } from "../repositories/find-repository.ts";
import { noteRepository } from "../repositories/note-repository.ts";
import type { Handled } from "./handle-webhook.ts";
import { installationEventSchema } from "./payloads.ts";

/** Most names that one event is asked for; an App on more repositories is found by the worker. */
const mostNames = 1_000;

/**
 * The GitHub App was installed on repositories, or taken off: those of them that are connected are asked through this
 * installation from now on, or say why they cannot be asked. Saying it twice changes nothing, so no delivery is noted.
 */
export async function noteInstallation(
  deps: Pick<HubDeps, "database" | "notifications" | "clock">,
  action: string,
  payload: unknown,
): Promise<Handled> {
  const event = installationEventSchema.parse(payload);
  const isEnd = action === "deleted" || action === "suspend";
  const all = event.repositories ?? [];
  const added = event.repositories_added ?? [];
  const removed = event.repositories_removed ?? [];
  const at = deps.clock.now();
  const { id } = event.installation;
  const count = await transact(deps, async (tx, wake) => {
    const on = await setInstallation(tx, wake, isEnd ? [] : [...all, ...added], id, at);
    const off = await setInstallation(tx, wake, isEnd ? all : removed, null, at);
    return on + off;
  });
  return { duplicate: false, ignored: count === 0 ? "none of its repositories is connected" : null };
}

async function setInstallation(
  tx: Transaction,
  wake: Wake,
  named: readonly { id?: number | undefined; full_name: string }[],
  installationId: number | null,
  at: Date,
): Promise<number> {
  if (named.length === 0) return 0;
  const ids = new Map(
    named.slice(0, mostNames).map(({ id, full_name: name }) => [name.toLowerCase(), id ?? null]),
  );
  const rows = await tx
    .select()
    .from(repositories)
    .where(
      and(inArray(sql`lower(${repositories.name})`, [...ids.keys()]), isNull(repositories.disconnectedAt)),
    )
    .orderBy(asc(repositories.id))
    .for("update");
  const own = rows.filter((row) => !isAnother(row, ids.get(row.name.toLowerCase()) ?? null));
  const problem = installationId === null ? "the GitHub App is not installed on it any more" : null;
  for (const row of own) {
    await tx.update(repositories).set({ installationId, problem }).where(eq(repositories.id, row.id));
    await noteRepository(tx, wake, row, at);
  }
  return own.length;
}
