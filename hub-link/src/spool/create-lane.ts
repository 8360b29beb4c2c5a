import { isDeepStrictEqual } from "node:util";
import { type ErrorCode, SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { isFinal } from "../leases/is-final.ts";
import type { LeaseSpool } from "./lease-spool.ts";
import type { SpoolRecord } from "./spool-record.ts";

export type LaneDeps = {
  leaseId: string;
  /** Where records wait while the hub is away; null: they wait in memory, and whoever pushes waits with them. */
  queue: LeaseSpool | null;
  /** Tells the hub one record; rejects with `SeatrialError`. */
  deliver: (record: SpoolRecord) => Promise<void>;
  clock: Clock;
  logger: Logger;
  /** The process stops or the lease is lost: nothing more is sent. What is on disk stays there. */
  signal: AbortSignal;
};

/**
 * `delivered`: the hub has it. `kept`: it is on disk and follows. `dropped`: there was no room for it. `refused`: the
 * hub takes it from nobody. `stopped`: the signal aborted first.
 */
export type Pushed = "delivered" | "kept" | "dropped" | "refused" | "stopped";

export type Lane = {
  /** Pushes take effect in order. An end is never dropped: without room it waits for the hub in memory. */
  push: (record: SpoolRecord) => Promise<Pushed>;
  /** Resolves when the hub has all that was pushed, refused the lease or the last record, or the signal aborted. */
  settled: () => Promise<"delivered" | "refused" | "stopped">;
  /** The lease is over: forgets what waits, also on disk, and takes nothing more. */
  abandon: () => Promise<void>;
};

/** The lease is over for us: nothing of it is taken any more. */
const goneCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "lease_stale",
  "lease_not_yours",
  "member_revoked",
  "not_found",
  "run_finished",
]);

/**
 * One lease's way to the hub, in order: straight while the hub answers, over the disk while it does not. What was
 * found on disk goes first.
 */
export function createLane(deps: LaneDeps): Lane {
  const { queue, clock } = deps;
  const abandoned = new AbortController();
  const signal = AbortSignal.any([deps.signal, abandoned.signal]);
  const backoff = createBackoff({ firstMilliseconds: 200, maxMilliseconds: 10_000, random: Math.random });
  let isRefused = false;
  let lastWasRefused = false;
  // Should the disk lose it, it is told from here: with no end told, the pod must stay.
  let waitingEnd = queue === null || queue.isEmpty() ? null : queue.newest("end");
  let draining: Promise<void> | null = null;
  let chain: Promise<unknown> = Promise.resolve();
  const isOver = () => isRefused || signal.aborted;

  /** Null when it makes sense to try again. */
  async function tell(record: SpoolRecord): Promise<"delivered" | "refused" | null> {
    try {
      await deps.deliver(record);
      backoff.reset();
      lastWasRefused = false;
      return "delivered";
    } catch (error) {
      if (!isFinal(error)) {
        deps.logger.debug({ leaseId: deps.leaseId, error: String(error) }, "the hub did not take a record");
        return null;
      }
      lastWasRefused = true;
      isRefused = isRefused || (error instanceof SeatrialError && goneCodes.has(error.code));
      if (!signal.aborted)
        deps.logger.info({ leaseId: deps.leaseId, error: String(error) }, "the hub refused a record");
      return "refused";
    }
  }

  async function drain(spool: LeaseSpool): Promise<void> {
    while (!isOver()) {
      const record = (await spool.first()) ?? waitingEnd;
      if (record === null) return;
      if ((await tell(record)) === null) {
        await clock.sleep(backoff.next(), signal);
        continue;
      }
      // Gap records have that class too.
      if (isDeepStrictEqual(record.body, waitingEnd?.body)) waitingEnd = null;
      await spool.shift();
    }
  }

  function kick(): void {
    if (queue === null || draining || isOver() || (queue.isEmpty() && waitingEnd === null)) return;
    draining = drain(queue)
      .catch(async (error) => {
        deps.logger.error({ leaseId: deps.leaseId, error: String(error) }, "the spool could not be read");
        await clock.sleep(backoff.next(), signal);
      })
      .finally(() => {
        draining = null;
        kick();
      });
  }

  async function waitAndTell(record: SpoolRecord): Promise<Pushed> {
    while (draining) await draining;
    while (!isOver()) {
      const told = await tell(record);
      if (told) return told;
      await clock.sleep(backoff.next(), signal);
    }
    return isRefused ? "refused" : "stopped";
  }

  async function pushNow(record: SpoolRecord): Promise<Pushed> {
    if (isRefused) return "refused";
    const isStraight = draining === null && (queue === null || queue.isEmpty());
    const told = isStraight && !signal.aborted ? await tell(record) : null;
    if (told) return told;
    if (queue === null) return waitAndTell(record);
    if (await queue.append(record)) {
      if (record.class === "end") waitingEnd = record;
      kick();
      return "kept";
    }
    return record.class === "end" ? waitAndTell(record) : "dropped";
  }

  kick();
  return {
    push(record) {
      const pushed = chain.then(() => pushNow(record));
      chain = pushed.catch(() => {});
      return pushed;
    },
    async settled() {
      await chain;
      while (draining) await draining;
      if (isRefused) return "refused";
      // What is still there was told to nobody, whatever became of the record before it.
      if (waitingEnd !== null || (queue !== null && !queue.isEmpty())) return "stopped";
      return lastWasRefused ? "refused" : "delivered";
    },
    async abandon() {
      isRefused = true;
      abandoned.abort();
      await chain;
      await queue?.drop();
    },
  };
}
