import { and, inArray, isNull, sql } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { repositories } from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
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
  const all = (event.repositories ?? []).map((repository) => repository.full_name);
  const added = (event.repositories_added ?? []).map((repository) => repository.full_name);
  const removed = (event.repositories_removed ?? []).map((repository) => repository.full_name);
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
  names: readonly string[],
  installationId: number | null,
  at: Date,
): Promise<number> {
  if (names.length === 0) return 0;
  const lower = names.slice(0, mostNames).map((name) => name.toLowerCase());
  const problem = installationId === null ? "the GitHub App is not installed on it any more" : null;
  const rows = await tx
    .update(repositories)
    .set({ installationId, problem })
    .where(and(inArray(sql`lower(${repositories.name})`, lower), isNull(repositories.disconnectedAt)))
    .returning();
  for (const row of rows) await noteRepository(tx, wake, row, at);
  return rows.length;
}
