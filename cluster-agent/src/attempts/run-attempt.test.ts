import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { holdLease } from "@seatrial/hub-link/leases/held-lease.ts";
import { createLeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import { openSpool } from "@seatrial/hub-link/spool/open-spool.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { afterEach, describe, expect, it } from "vitest";
import type { PodApi } from "../pods/pod-api.ts";
import { createPodFeed } from "../pods/pod-feed.ts";
import { leaseLabel } from "../pods/pod-labels.ts";
import { toRecord } from "../reports/report-record.ts";
import { createPatience } from "./quick-pods.ts";
import { type RunAttemptDeps, runAttempt } from "./run-attempt.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const at = "2026-01-01T00:00:00.000Z";
const grant = { leaseId: "l-old", kind: "shard", work: { attemptId: "a-1" } } as unknown as LeaseGrant;

/** An agent whose cluster has the attempt's pod, made for this lease, and a hub that answers an end so. */
async function agent(leaseOfPod: string, finish: () => Promise<unknown>) {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-attempt-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const spool = await openSpool({ folder, capBytes: 1_048_576 }, silentLogger);
  closers.push(spool.close);
  const removed: string[] = [];
  const pod = {
    metadata: { name: "st-a-1", uid: "u-1", labels: { [leaseLabel]: leaseOfPod } },
  } as unknown as Pod;
  const pods = {
    get: async () => pod,
    remove: async ({ metadata }: Pod) => void removed.push(metadata.labels?.[leaseLabel] ?? ""),
  } as unknown as PodApi;
  const feed = createPodFeed();
  const clock = createManualClock();
  const deps = {
    ...{ pods, spool, feed, podsInHand: feed.all, clock, logger: silentLogger },
    patience: createPatience(clock),
    link: { finish } as unknown as HubLink,
    ...{ instance: "instance-1", shutdown: new AbortController().signal },
    ...{ lostNode: () => null, keepFailedPods: false, kept: new Set<string>() },
  } as unknown as RunAttemptDeps;
  return { deps, spool, removed };
}

const keptEnd = toRecord({
  kind: "end",
  end: {
    ...{ startedAt: at, endedAt: at, collected: null },
    exit: { reason: "completed", exitCode: 0, signal: null, message: "", evidence: [] },
  },
});

describe("the pod of an attempt whose end was kept on disk", () => {
  it("goes once the hub has the end", async () => {
    const { deps, spool, removed } = await agent("l-old", async () => ({}));
    await (await spool.of("l-old")).append(keptEnd);
    await runAttempt(deps, holdLease(grant, true).lease);
    expect(removed).toEqual(["l-old"]);
  });
  it("stays when it is another lease's by now: the attempt was given out anew", async () => {
    const { deps, spool, removed } = await agent("l-new", async () => {
      throw new SeatrialError("lease_stale", "over");
    });
    await (await spool.of("l-old")).append(keptEnd);
    await runAttempt(deps, holdLease(grant, true).lease);
    expect(removed).toEqual([]);
  });
});

describe("where pods of tests that did not pass are kept", () => {
  const failedEnd = (startedAt: string | null) =>
    toRecord({
      kind: "end",
      end: {
        ...{ startedAt, endedAt: at, collected: null },
        exit: { reason: "pod_rejected", exitCode: null, signal: null, message: "no node", evidence: [] },
      },
    });

  it.each([
    ["stays when its tests began", at, []],
    ["goes when they never began: a node might begin them later", null, ["l-old"]],
  ])("the pod of an attempt %s", async (_, startedAt, expected) => {
    const { deps, spool, removed } = await agent("l-old", async () => ({}));
    await (await spool.of("l-old")).append(failedEnd(startedAt));
    await runAttempt({ ...deps, keepFailedPods: true }, holdLease(grant, true).lease);
    expect(removed).toEqual(expected);
    expect([...deps.kept]).toEqual(startedAt === null ? [] : ["l-old"]);
  });
});

describe("an attempt that is stopped before it has a pod", () => {
  it("leaves the pod that another lease of the attempt has made", async () => {
    const { deps, removed } = await agent("l-new", async () => ({}));
    const { lease, stop } = holdLease(grant, true);
    stop("disowned");
    await runAttempt(deps, lease);
    expect(removed).toEqual([]);
  });
  it("removes the one that its own lease has made", async () => {
    const { deps, removed } = await agent("l-old", async () => ({}));
    const { lease, stop } = holdLease(grant, true);
    stop("disowned");
    await runAttempt(deps, lease);
    expect(removed).toEqual(["l-old"]);
  });
});

describe("an attempt that the hub releases for another cluster", () => {
  /** Its pod runs; while `isAway` the API server refuses to delete and to look. */
  async function releasing(hasFollowed: boolean) {
    const { deps, removed } = await agent("l-old", async () => ({}));
    let isAway = true;
    const { get, remove } = deps.pods;
    const orFail = async <Answer>(call: () => Promise<Answer>) => {
      if (isAway) throw new KubeError(503, "ServiceUnavailable", "the API server starts");
      return await call();
    };
    const clock = createManualClock();
    const pods = {
      ...deps.pods,
      get: (name: string) => orFail(() => get(name)),
      remove: (pod: Pod, graceSeconds: number) => orFail(() => remove(pod, graceSeconds)),
    };
    const table = createLeaseTable<LeaseGrant>({
      ...{ slots: 1, logger: silentLogger, onFree: () => {} },
      run: (lease) => runAttempt({ ...deps, pods, clock }, lease),
    });
    const pod = (await get("st-a-1")) as Pod;
    if (hasFollowed) deps.feed.observe({ ...pod, spec: { containers: [] } } as unknown as Pod);
    table.take([grant], true);
    const comeBack = () => {
      isAway = false;
    };
    return { table, clock, removed, comeBack };
  }
  it.each([true, false])("stays in hand until its pod is deleted (pod followed: %s)", async (hasFollowed) => {
    const { table, clock, removed, comeBack } = await releasing(hasFollowed);
    await clock.sleepers(1);
    table.stop(["l-old"], "released");
    for (const _ of [1, 2]) {
      await clock.sleepers(1);
      expect(table.leases()).toEqual(["l-old"]);
      expect(removed).toEqual([]);
      await clock.advance(60_000);
    }
    await clock.sleepers(1);
    expect(table.leases()).toEqual(["l-old"]);
    comeBack();
    await clock.advance(60_000);
    await table.settled();
    expect(table.leases()).toEqual([]);
    expect(removed).toEqual(["l-old"]);
  });
  it("goes on elsewhere all the same when its API server is away for three minutes", async () => {
    const { table, clock, removed } = await releasing(true);
    await clock.sleepers(1);
    table.stop(["l-old"], "released");
    for (let seconds = 0; seconds < 180; seconds += 20) {
      await clock.sleepers(1);
      expect(table.leases()).toEqual(["l-old"]);
      await clock.advance(20_000);
    }
    await table.settled();
    expect(table.leases()).toEqual([]);
    expect(removed).toEqual([]);
  });
});
