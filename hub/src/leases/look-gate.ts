import { sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { executeRows } from "../database/execute-rows.ts";
import { belowQuota } from "./claim-candidates.ts";

/** Whoever waits longer for the looks before looks beside them: one of those may wait for a lock. */
const usualPatienceMs = 25;

/** Ends the turn; calling it again does nothing. */
export type Turn = () => void;

export type LookGate = {
  /**
   * A turn to look for work, or null where none is open that was not open at `wokenAt` (of `performance.now()`).
   * Throws when the database does not answer.
   */
  enter(wokenAt: number): Promise<Turn | null>;
};

/**
 * Lets the held claims of this process look for work only while there is some, and for that of one project one after the
 * other: each end of an attempt wakes all of them, and mostly the first takes what there is. Work of a project that
 * nobody looks at is looked for at once, so that no flood of another one delays it. Claims of other replicas do so for
 * themselves.
 */
export function createLookGate(
  deps: { readonly database: Database },
  patienceMs = usualPatienceMs,
): LookGate {
  const askOpen = createQuestion(() => readOpenProjects(deps.database));
  const looks = new Set<Look>();

  function beginTurn(projects: readonly string[]): Turn {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = { projects, over: promise };
    looks.add(look);
    return () => {
      looks.delete(look);
      resolve();
    };
  }

  return {
    async enter(wokenAt) {
      const impatientAt = performance.now() + patienceMs;
      for (let askedFrom = wokenAt; ; askedFrom = performance.now()) {
        const open = await askOpen(askedFrom);
        if (open.length === 0) return null;
        const leftMs = impatientAt - performance.now();
        const atThese = [...looks].filter(({ projects }) => projects.some((id) => open.includes(id)));
        const isNew = open.some((id) => !atThese.some(({ projects }) => projects.includes(id)));
        if (isNew || leftMs <= 0) return beginTurn(open);
        await withPatience(
          atThese.map(({ over }) => over),
          leftMs,
        );
      }
    },
  };
}

/** A turn that goes on. */
type Look = { projects: readonly string[]; over: Promise<void> };

/** Asks once for all that want an answer from no earlier than the question. */
function createQuestion<Answer>(ask: () => Promise<Answer>): (from: number) => Promise<Answer> {
  let last: { at: number; answer: Promise<Answer> } | null = null;
  return (from) => {
    if (last === null || last.at < from) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}

/** Until the first of them is over. */
async function withPatience(previous: readonly Promise<void>[], patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  await Promise.race([...previous, promise]);
  clearTimeout(timer);
}

/** Projects below their quota that have a queued shard, for whichever cluster. Index: `work_items_next`. */
async function readOpenProjects(database: Database): Promise<string[]> {
  const rows = await executeRows<{ id: string }>(
    database,
    sql`select p.id from projects p
        where exists (
            select 1 from work_items w where w.project_id = p.id and w.state = 'queued' and w.kind = 'shard')
          and ${belowQuota}`,
  );
  return rows.map(({ id }) => id);
}
