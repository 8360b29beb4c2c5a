import { createManualClock, type ManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { expect, test } from "vitest";
import { withOperationLease } from "./with-operation-lease.ts";

type Stored = { metadata: { uid: string; resourceVersion: string }; spec: { holderIdentity: string } };

/** The one Lease of an API server: every write has to name the version it was made from. */
function createLeaseServer() {
  let stored: Stored | null = null;
  let version = 0;
  let isAway = false;
  const refuse = (status: number, reason: string) => new KubeError(status, reason, reason);
  const save = (body: unknown, uid: string): Stored => {
    version += 1;
    const { spec } = body as Stored;
    stored = { metadata: { uid, resourceVersion: String(version) }, spec };
    return stored;
  };
  const guard = () => {
    if (isAway) throw refuse(0, "Unreachable");
  };
  const find = (): Stored => {
    guard();
    if (stored === null) throw refuse(404, "NotFound");
    return stored;
  };
  const check = (uid: string, resourceVersion: string) => {
    const { metadata } = find();
    if (metadata.uid !== uid || metadata.resourceVersion !== resourceVersion) throw refuse(409, "Conflict");
  };
  const unused = () => Promise.reject(new Error("not used"));
  const kube: KubeClient = {
    get: async <Answer>() => find() as Answer,
    post: async <Answer>(_path: string, body: unknown) => {
      guard();
      if (stored !== null) throw refuse(409, "AlreadyExists");
      return save(body, `uid-${version}`) as Answer;
    },
    put: async <Answer>(_path: string, body: unknown) => {
      const { uid, resourceVersion } = (body as Stored).metadata;
      check(uid, resourceVersion);
      return save(body, uid) as Answer;
    },
    async remove(_path, body) {
      const { uid, resourceVersion } = (body as { preconditions: Stored["metadata"] }).preconditions;
      check(uid, resourceVersion);
      stored = null;
    },
    patch: unused,
    stream: unused,
    close: async () => undefined,
  };
  return {
    kube,
    holder: () => stored?.spec.holderIdentity ?? null,
    setAway: (away: boolean) => {
      isAway = away;
    },
    /** Somebody writes it by force, as no process of ours does. */
    seize: (holderIdentity: string) => save({ spec: { holderIdentity, leaseDurationSeconds: 30 } }, "seized"),
  };
}

const requestOf = (kube: KubeClient, clock: ManualClock, holder: string) => ({
  ...{ kube, clock, holder, leaseNamespace: "seatrial", environmentId: "e-1", leaseSeconds: 30 },
});
/** Turns the clock until the promise settles. */
async function settle<Result>(clock: ManualClock, promise: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  promise.then(over, over);
  for (let turn = 0; turn < 400 && !isOver; turn += 1) await clock.advance(1_000);
  return promise;
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("the Lease is held during the work and gone after it, also when the work fails", async () => {
  const server = createLeaseServer();
  const request = requestOf(server.kube, createManualClock(), "one");
  expect(await withOperationLease(request, async () => server.holder())).toBe("one");
  expect(server.holder()).toBeNull();
  const failing = withOperationLease(request, () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  expect(server.holder()).toBeNull();
});

test("a holder that renews is never followed by another, however long its work takes", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  const end = Promise.withResolvers<void>();
  const first = withOperationLease(requestOf(server.kube, clock, "one"), () => end.promise);
  const second = withOperationLease(requestOf(server.kube, clock, "two"), async () => "reached");
  await expect(settle(clock, second)).rejects.toMatchObject({ code: "lock_held" });
  expect(server.holder()).toBe("one");
  end.resolve();
  await first;
});

test("one that stopped renewing is followed after its duration, watched by the one who waits", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  server.seize("dead");
  const began = clock.now();
  const follower = withOperationLease(requestOf(server.kube, clock, "two"), async () => clock.now() - began);
  const waited = await settle(clock, follower);
  expect(waited).toBeGreaterThanOrEqual(30_000);
  expect(waited).toBeLessThan(35_000);
});

test("one that renews is not followed because a clock was set ahead", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  server.seize("alive");
  const began = clock.elapsed();
  const follower = withOperationLease(
    requestOf(server.kube, clock, "two"),
    async () => clock.elapsed() - began,
  );
  await clock.sleepers(1);
  clock.step(3_600_000);
  expect(await settle(clock, follower)).toBeGreaterThanOrEqual(30_000);
});

test("one that is known to be dead is followed at once", async () => {
  const server = createLeaseServer();
  server.seize("dead");
  const request = requestOf(server.kube, createManualClock(), "two");
  const previousHolderIsDead = (holder: string) => holder === "dead";
  expect(await withOperationLease({ ...request, previousHolderIsDead }, async () => server.holder())).toBe(
    "two",
  );
});

test("work whose Lease cannot be renewed is aborted before others may follow", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  const began = clock.now();
  let abortedAfter = 0;
  const working = withOperationLease(requestOf(server.kube, clock, "one"), (signal) => {
    server.setAway(true);
    return untilAborted(signal).finally(() => {
      abortedAfter = clock.now() - began;
    });
  });
  await expect(settle(clock, working)).rejects.toMatchObject({ code: "lock_held" });
  expect(abortedAfter).toBeGreaterThanOrEqual(20_000);
  expect(abortedAfter).toBeLessThan(25_000);
});

test.each([-1, 1])(
  "a clock that is set by %i h changes nothing about when work is aborted",
  async (hours) => {
    const server = createLeaseServer();
    const clock = createManualClock();
    const began = clock.elapsed();
    let abortedAfter = 0;
    const working = withOperationLease(requestOf(server.kube, clock, "one"), (signal) => {
      server.setAway(true);
      clock.step(hours * 3_600_000);
      return untilAborted(signal).finally(() => {
        abortedAfter = clock.elapsed() - began;
      });
    });
    await expect(settle(clock, working)).rejects.toMatchObject({ code: "lock_held" });
    expect(abortedAfter).toBeGreaterThanOrEqual(20_000);
    expect(abortedAfter).toBeLessThan(25_000);
  },
);

test("work goes on through an outage that is shorter than two thirds of the duration", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  const working = withOperationLease(requestOf(server.kube, clock, "one"), async (signal) => {
    server.setAway(true);
    await clock.sleep(15_000);
    server.setAway(false);
    await clock.sleep(60_000);
    return signal.aborted;
  });
  expect(await settle(clock, working)).toBe(false);
});

test("work is aborted when somebody else has the Lease, and that one keeps it", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  const working = withOperationLease(requestOf(server.kube, clock, "one"), (signal) => {
    server.seize("thief");
    return untilAborted(signal);
  });
  await expect(settle(clock, working)).rejects.toMatchObject({ code: "lock_held" });
  expect(server.holder()).toBe("thief");
});

test("a Lease is deleted also when the API server is away for a moment at the end", async () => {
  const server = createLeaseServer();
  const clock = createManualClock();
  const working = withOperationLease(requestOf(server.kube, clock, "one"), async () => server.setAway(true));
  await clock.sleepers(1);
  await clock.advance(1_000);
  await clock.sleepers(1);
  server.setAway(false);
  await settle(clock, working);
  expect(server.holder()).toBeNull();
});
