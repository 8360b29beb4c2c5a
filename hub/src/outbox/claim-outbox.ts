import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { sql } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { executeRows } from "../database/execute-rows.ts";
import { outboxChannel } from "../notifications/channels.ts";

type OutboxDeps = Pick<HubDeps, "database" | "notifications" | "clock">;
type ClaimOptions = { limit: number; waitSeconds: number; visibilitySeconds: number };

const firstRecheckMs = 1_000;
const slowestRecheckMs = 5_000;

/**
 * The oldest visible entries, or none after `waitSeconds`. Each is invisible to other claims for `visibilitySeconds`
 * and comes again unless it is acknowledged: at least once, in no promised order.
 */
export async function claimOutbox(
  deps: OutboxDeps,
  options: ClaimOptions,
  signal: AbortSignal,
): Promise<OutboxEntry[]> {
  const subscription = deps.notifications.subscribe([outboxChannel]);
  const deadline = performance.now() + options.waitSeconds * 1_000;
  let recheckMs = firstRecheckMs;
  try {
    for (;;) {
      const entries = await takeVisible(deps, options);
      const leftMs = deadline - performance.now();
      if (entries.length > 0 || leftMs <= 0 || signal.aborted) return entries;
      await subscription.wait(Math.min(recheckMs, leftMs), signal);
      if (signal.aborted) return [];
      recheckMs = Math.min(recheckMs * 2, slowestRecheckMs);
    }
  } finally {
    subscription.close();
  }
}

type Row = {
  id: string;
  kind: OutboxEntry["kind"];
  run_id: string | null;
  environment_id: string | null;
  schedule_id: string | null;
  pull_request_id: string | null;
  repository_id: string | null;
  suite: string | null;
  created: string;
};

/** SKIP LOCKED: two workers take different entries. Index: the primary key, walked from the oldest. */
async function takeVisible(
  deps: OutboxDeps,
  { limit, visibilitySeconds }: ClaimOptions,
): Promise<OutboxEntry[]> {
  const now = deps.clock.now();
  const until = new Date(now.getTime() + visibilitySeconds * 1_000);
  const rows = await executeRows<Row>(
    deps.database,
    sql`update outbox set invisible_until = ${until.toISOString()}::timestamptz
        where id in (
          select id from outbox
          where invisible_until is null or invisible_until <= ${now.toISOString()}::timestamptz
          order by id limit ${limit} for update skip locked)
        returning id::text as id, kind, run_id, environment_id, schedule_id, pull_request_id, repository_id, suite,
          extract(epoch from created_at)::text as created`,
  );
  return rows
    .sort((left, right) => Number(left.id) - Number(right.id))
    .map(({ id, kind, suite, created, ...about }) => {
      const { run_id: runId, environment_id: environmentId, schedule_id: scheduleId } = about;
      const { pull_request_id: pullRequestId, repository_id: repositoryId } = about;
      const createdAt = new Date(Math.round(Number(created) * 1_000)).toISOString();
      const others = { environmentId, scheduleId, pullRequestId, repositoryId };
      return { id, kind, runId, ...others, suite, createdAt };
    });
}
