import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { OperationError } from "../operation-error.ts";
import { acquireLease, type HeldLease } from "./acquire-lease.ts";
import { createLeaseRecords, type LeaseRecords, microTime } from "./lease-record.ts";

export type OperationLeaseRequest = {
  kube: KubeClient;
  /** The provisioner's own namespace. */
  leaseNamespace: string;
  environmentId: string;
  /** Operation id and process: never the same for two processes or two tries. */
  holder: string;
  clock: Clock;
  signal?: AbortSignal;
  /** Default 30. */
  leaseSeconds?: number;
  /** How long to wait for another holder before `lock_held` (default 120; 0: one try). */
  waitSeconds?: number;
  /** True when the caller knows that this holder's whole process group has ended. */
  previousHolderIsDead?: (holder: string) => boolean | Promise<boolean>;
};

const defaultLeaseSeconds = 30;
const defaultWaitSeconds = 120;
const retryMilliseconds = 1_000;
const dropTries = 10;
/** The work is aborted after this share of the duration without renewal, so that it has ended when others may begin. */
const abortShare = 2 / 3;

/**
 * Does the work while it alone holds the environment's Lease, renewed every third of its duration and deleted at the
 * end. When it cannot be renewed in time, or somebody else has it, the work's signal aborts with `lock_held` and that
 * is what rejects, whatever the work says; the work must end at its signal at once.
 */
export async function withOperationLease<Result>(
  request: OperationLeaseRequest,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const leaseSeconds = request.leaseSeconds ?? defaultLeaseSeconds;
  const waitSeconds = request.waitSeconds ?? defaultWaitSeconds;
  const records = createLeaseRecords(request);
  let held = await acquireLease(request, records, { leaseSeconds, waitSeconds });
  const lost = new AbortController();
  const done = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, lost.signal]) : lost.signal;
  const renewing = keepLease(request, records, leaseSeconds, held, {
    done: done.signal,
    onRenewed: (next) => {
      held = next;
    },
    onLost: (why) => lost.abort(new OperationError("lock_held", why)),
  });
  try {
    const result = await work(signal);
    lost.signal.throwIfAborted();
    return result;
  } catch (error) {
    lost.signal.throwIfAborted();
    throw error;
  } finally {
    done.abort();
    await renewing;
    if (!lost.signal.aborted) await dropLease(request.clock, records, held);
  }
}

/** One that cannot be deleted expires, but it would lie about for ever when no operation follows. */
async function dropLease(clock: Clock, records: LeaseRecords, held: HeldLease): Promise<void> {
  for (let tries = 1; tries <= dropTries; tries += 1) {
    try {
      await records.drop(held.record);
      return;
    } catch {
      if (tries < dropTries) await clock.sleep(retryMilliseconds);
    }
  }
}

type Events = {
  done: AbortSignal;
  onRenewed: (held: HeldLease) => void;
  onLost: (why: string) => void;
};

async function keepLease(
  { clock, environmentId, holder }: OperationLeaseRequest,
  records: LeaseRecords,
  leaseSeconds: number,
  first: HeldLease,
  { done, onRenewed, onLost }: Events,
): Promise<void> {
  const lease = `The Lease of environment ${environmentId}`;
  const interval = (leaseSeconds * 1_000) / 3;
  let held = first;
  let wait = interval;
  for (;;) {
    const abortAt = held.renewedAt + leaseSeconds * 1_000 * abortShare;
    await clock.sleep(Math.max(0, Math.min(wait, abortAt - clock.elapsed())), done);
    if (done.aborted) return;
    if (clock.elapsed() >= abortAt) return onLost(`${lease} could not be renewed in time.`);
    try {
      const next = await renew(clock, records, held, AbortSignal.timeout(abortAt - clock.elapsed()));
      if (next === null) return onLost(`${lease} is not held by ${holder} any more.`);
      held = next;
      onRenewed(held);
      wait = interval;
    } catch {
      // Unreachable or refused: tried again until time is up.
      wait = retryMilliseconds;
    }
  }
}

/** Null: somebody else has it. A conflict may also be the trace of a renewal whose answer was lost. */
async function renew(
  clock: Clock,
  records: LeaseRecords,
  held: HeldLease,
  signal: AbortSignal,
): Promise<HeldLease | null> {
  const renewedAt = clock.elapsed();
  const spec = { ...held.spec, renewTime: microTime(clock.now()) };
  try {
    return { record: await records.replace(held.record, spec, signal), spec, renewedAt };
  } catch (error) {
    if (!hasStatus(error, 409) && !hasStatus(error, 404)) throw error;
    const now = await records.read(signal);
    if (now?.metadata.uid !== held.record.metadata.uid) return null;
    if (now.spec.holderIdentity !== held.spec.holderIdentity) return null;
    return { record: await records.replace(now, spec, signal), spec, renewedAt };
  }
}
