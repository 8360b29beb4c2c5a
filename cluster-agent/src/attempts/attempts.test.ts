import type { ClaimAnswer, LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createLeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";
import { receiveClaim } from "@seatrial/hub-link/leases/receive-claim.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { describe, expect, it } from "vitest";
import type { PodApi } from "../pods/pod-api.ts";
import { createPodFeed } from "../pods/pod-feed.ts";
import type { Attempt } from "./attempt.ts";
import { sweepPods } from "./sweep-pods.ts";

const grant = (leaseId: string) =>
  ({ leaseId, kind: "shard", work: { attemptId: `a-${leaseId}` } }) as unknown as LeaseGrant;
const times = { leaseSeconds: 60, heartbeatSeconds: 10, acknowledgeSeconds: 20 };
const answer = (more: Partial<ClaimAnswer>): ClaimAnswer => ({
  leases: [],
  orders: [],
  clusterState: "ready",
  times,
  ...more,
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

function table(slots: number) {
  const running: { attempt: Attempt; end: () => void }[] = [];
  let freed = 0;
  const attempts = createLeaseTable<LeaseGrant>({
    slots,
    logger: silentLogger,
    run: (attempt) => new Promise<void>((end) => void running.push({ attempt, end })),
    onFree: () => {
      freed += 1;
    },
  });
  return { attempts, running, freed: () => freed };
}

describe("the attempts in hand", () => {
  it("are each lease once", () => {
    const { attempts, running } = table(5);
    attempts.take([grant("l-1"), grant("l-1")], false);
    attempts.take([grant("l-1")], false);
    expect(running).toHaveLength(1);
  });
  it("run at most as many as there are slots, the others in order", async () => {
    const { attempts, running, freed } = table(2);
    attempts.take([grant("l-1"), grant("l-2"), grant("l-3")], false);
    expect(running.map((one) => one.attempt.leaseId)).toEqual(["l-1", "l-2"]);
    expect(attempts.leases()).toEqual(["l-1", "l-2", "l-3"]);
    expect(attempts.slotsFree()).toBe(0);
    running[0]?.end();
    await settle();
    expect(running.at(-1)?.attempt.leaseId).toBe("l-3");
    expect(freed()).toBe(1);
  });
  it("run all that were found after a restart, also with fewer slots than before, and each hears its order", async () => {
    const { attempts, running } = table(1);
    attempts.take([grant("l-1"), grant("l-2"), grant("l-3")], true);
    attempts.take([grant("l-new")], false);
    expect(running.map((one) => one.attempt.leaseId)).toEqual(["l-1", "l-2", "l-3"]);
    attempts.obey([
      { leaseId: "l-1", order: "cancel" },
      { leaseId: "l-3", order: "release" },
    ]);
    expect(running.map((one) => one.attempt.stopReason())).toEqual(["cancelled", null, "released"]);
    for (const { end } of running.slice(0, 2)) end();
    await settle();
    expect(attempts.slotsFree()).toBe(0);
    expect(running).toHaveLength(3);
    running[2]?.end();
    await settle();
    expect(running.at(-1)?.attempt.leaseId).toBe("l-new");
  });
  it("stop for a reason, and a disowned one is never reported as cancelled", () => {
    const { attempts, running } = table(1);
    attempts.take([grant("l-1")], false);
    attempts.stop(["l-1", "l-unknown"], "disowned");
    attempts.stop(["l-1"], "cancelled");
    expect(running[0]?.attempt.stopReason()).toBe("disowned");
    expect(running[0]?.attempt.stopping.aborted).toBe(true);
  });
});

describe("an answered claim", () => {
  function receiver(acknowledge: (leases: string[]) => Promise<{ accepted: string[]; refused: string[] }>) {
    const { attempts, running } = table(5);
    const clock = createManualClock();
    const shutdown = new AbortController();
    const deps = {
      kind: "shard" as const,
      table: attempts,
      instance: "instance-1",
      clock,
      logger: silentLogger,
      signal: shutdown.signal,
      link: { acknowledge: (request: { leases: string[] }) => acknowledge(request.leases) },
    };
    return {
      running,
      attempts,
      clock,
      stop: () => shutdown.abort(),
      receive: (more: Partial<ClaimAnswer>) => receiveClaim(deps, answer(more)),
    };
  }
  it("starts nothing before the hub has its acknowledgement", async () => {
    let acknowledged: (value: { accepted: string[]; refused: string[] }) => void = () => {};
    const { receive, running } = receiver(() => new Promise((resolve) => (acknowledged = resolve)));
    const received = receive({ leases: [grant("l-1"), grant("l-2")] });
    await settle();
    expect(running).toHaveLength(0);
    acknowledged({ accepted: ["l-1"], refused: ["l-2"] });
    await received;
    expect(running.map((one) => one.attempt.leaseId)).toEqual(["l-1"]);
  });
  it("is acknowledged until there is an answer, for as long as a lease lives, and else starts nothing", async () => {
    let tries = 0;
    const { receive, running, clock } = receiver(async () => {
      tries += 1;
      throw new Error("away");
    });
    const received = expect(receive({ leases: [grant("l-1")] })).rejects.toThrow("away");
    for (let seconds = 0; seconds <= 60; seconds += 5) {
      await settle();
      await clock.advance(5_000);
    }
    await received;
    expect(tries).toBeGreaterThan(5);
    expect(running).toHaveLength(0);
  });
  it("takes over what the hub says it has heard of, although its first answer was lost", async () => {
    const answers = [new Error("away"), null];
    const { receive, running, clock } = receiver(async (accepted) => {
      const failure = answers.shift();
      if (failure) throw failure;
      return { accepted, refused: [] };
    });
    const received = receive({ leases: [grant("l-1")] });
    await clock.sleepers(1);
    await clock.advance(1_000);
    await received;
    expect(running.map((one) => one.attempt.leaseId)).toEqual(["l-1"]);
  });
  it("is not acknowledged by a process that stops, so that the hub hands it out again", async () => {
    let tries = 0;
    const { receive, running, stop } = receiver(async (accepted) => {
      tries += 1;
      return { accepted, refused: [] };
    });
    stop();
    await receive({ leases: [grant("l-1")] });
    expect([tries, running]).toEqual([0, []]);
  });
  it("is not acknowledged once more when the process stops while that is waited for", async () => {
    let tries = 0;
    const { receive, running, clock, stop } = receiver(async () => {
      tries += 1;
      throw new Error("away");
    });
    const received = expect(receive({ leases: [grant("l-1")] })).rejects.toThrow("away");
    await clock.sleepers(1);
    stop();
    await received;
    expect([tries, running]).toEqual([1, []]);
  });
  it("that repeats a lease in hand is acknowledged again and changes nothing else", async () => {
    let acknowledged = 0;
    const { receive, running } = receiver(async (accepted) => {
      acknowledged += 1;
      return { accepted, refused: [] };
    });
    await receive({ leases: [grant("l-1")] });
    await receive({ leases: [grant("l-1")] });
    expect(acknowledged).toBe(2);
    expect(running).toHaveLength(1);
  });
  it("stops what it orders to cancel, disown or release, and loses the last two", async () => {
    const { receive, running } = receiver(async (accepted) => ({ accepted, refused: [] }));
    await receive({ leases: [grant("l-1"), grant("l-2"), grant("l-3"), grant("l-4")] });
    await receive({
      orders: [
        { leaseId: "l-1", order: "cancel" },
        { leaseId: "l-2", order: "disown" },
        { leaseId: "l-3", order: "release" },
      ],
    });
    const stopped = running.map(({ attempt }) => [attempt.stopReason(), attempt.lost.aborted]);
    expect(stopped).toEqual([
      ["cancelled", false],
      ["disowned", true],
      ["released", true],
      [null, false],
    ]);
  });
});

describe("the sweep", () => {
  it("deletes a pod that no lease owns on the second look, and no other", async () => {
    const clock = createManualClock();
    const feed = createPodFeed();
    const removed: string[] = [];
    for (const lease of ["l-owned", "l-kept", "l-orphan"])
      feed.observe({
        metadata: {
          name: `st-${lease}`,
          uid: lease,
          resourceVersion: "1",
          labels: { "seatrial.dev/lease": lease },
        },
      } as unknown as Pod);
    const pods = { remove: async (pod: Pod) => void removed.push(pod.metadata.name) } as unknown as PodApi;
    const stopping = new AbortController();
    const knows = (lease: string) => lease === "l-owned";
    const deps = {
      pods,
      feed,
      table: { knows },
      clock,
      logger: silentLogger,
      everyMilliseconds: 30_000,
      kept: new Set(["l-kept"]),
    };
    const sweeping = sweepPods(deps, stopping.signal);
    await clock.sleepers(1);
    await clock.advance(30_000);
    expect(removed).toEqual([]);
    await clock.sleepers(1);
    await clock.advance(30_000);
    expect(removed).toEqual(["st-l-orphan"]);
    stopping.abort();
    await sweeping;
  });
});
