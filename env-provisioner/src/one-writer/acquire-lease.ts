import { hasStatus, mayPass } from "@seatrial/kube-link/kube-error.ts";
import { OperationError } from "../operation-error.ts";
import type { LeaseRecord, LeaseRecords, LeaseSpec } from "./lease-record.ts";
import { microTime } from "./lease-record.ts";
import type { OperationLeaseRequest } from "./with-operation-lease.ts";

export type HeldLease = {
  record: LeaseRecord;
  spec: LeaseSpec;
  /** When the request left that made it ours, by `Clock.elapsed`: others count from later on. */
  renewedAt: number;
};
export type LeaseTimes = { leaseSeconds: number; waitSeconds: number };

const lookEveryMilliseconds = 1_000;
/** A dead holder's Lease passes as soon as it is known dead; one that says nothing counts as this long. */
const defaultDurationSeconds = 30;

/**
 * Takes the Lease when there is none, when its holder is known to be dead, or when it was not renewed for its whole
 * duration while this process watched: its times are never compared with this machine's clock (the rule of
 * client-go's leader election). Throws `lock_held` after `waitSeconds`.
 */
export async function acquireLease(
  request: OperationLeaseRequest,
  records: LeaseRecords,
  times: LeaseTimes,
): Promise<HeldLease> {
  const { clock, signal, holder } = request;
  const deadline = clock.elapsed() + times.waitSeconds * 1_000;
  let seen = { version: "", since: clock.elapsed() };
  for (;;) {
    signal?.throwIfAborted();
    let held: string | null = null;
    try {
      const record = await records.read(signal);
      if (record && seen.version !== record.metadata.resourceVersion)
        seen = { version: record.metadata.resourceVersion, since: clock.elapsed() };
      if (record === null || (await isFree(request, record, seen.since)))
        return await take(request, records, times, record);
      held = record.spec.holderIdentity ?? null;
    } catch (error) {
      signal?.throwIfAborted();
      // Somebody else was faster, or the API server is away for a moment.
      if (!hasStatus(error, 409) && !mayPass(error)) throw error;
    }
    if (clock.elapsed() >= deadline)
      throw new OperationError(
        "lock_held",
        `Environment ${request.environmentId} is worked on by ${held ?? "another operation"}: after ${times.waitSeconds} s ${holder} does not wait any longer. It is tried again.`,
      );
    await clock.sleep(lookEveryMilliseconds, signal);
  }
}

async function isFree(request: OperationLeaseRequest, record: LeaseRecord, since: number): Promise<boolean> {
  const { holderIdentity = "", leaseDurationSeconds = defaultDurationSeconds } = record.spec;
  if (holderIdentity === "" || holderIdentity === request.holder) return true;
  if (request.clock.elapsed() >= since + leaseDurationSeconds * 1_000) return true;
  return (await request.previousHolderIsDead?.(holderIdentity)) ?? false;
}

async function take(
  { clock, holder, signal }: OperationLeaseRequest,
  records: LeaseRecords,
  { leaseSeconds }: LeaseTimes,
  record: LeaseRecord | null,
): Promise<HeldLease> {
  const renewedAt = clock.elapsed();
  const now = microTime(clock.now());
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: now,
    renewTime: now,
  };
  const taken =
    record === null ? await records.create(spec, signal) : await records.replace(record, spec, signal);
  return { record: taken, spec, renewedAt };
}
