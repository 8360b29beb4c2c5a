import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createLane } from "./create-lane.ts";
import { openSpool } from "./open-spool.ts";
import type { SpoolRecord } from "./spool-record.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const log = (text: string): SpoolRecord => ({ class: "log", body: text });
const end: SpoolRecord = { class: "end", body: "end" };
const away = new SeatrialError("unavailable", "away");

/** As a disk that went bad: nothing can be read from this place of each file on. */
async function spoil(folder: string, from: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    await writeFile(path, (await readFile(path)).fill(0xff, from));
  }
}

/** A hub that is there or not, and a lane to it. */
async function laneTo(options: { at?: string; capBytes?: number; withDisk?: boolean } = {}) {
  const at = options.at ?? (await mkdtemp(join(tmpdir(), "seatrial-lane-")));
  closers.push(() => rm(at, { recursive: true, force: true }));
  const spool = await openSpool({ folder: at, capBytes: options.capBytes ?? 1_048_576 }, silentLogger);
  const hub = { isThere: true, refusal: null as SeatrialError | null, told: [] as unknown[], tries: 0 };
  const clock = createManualClock();
  const stopping = new AbortController();
  const lane = createLane({
    leaseId: "l-1",
    queue: options.withDisk === false ? null : await spool.of("l-1"),
    async deliver(record) {
      hub.tries += 1;
      if (hub.refusal) throw hub.refusal;
      if (!hub.isThere) throw away;
      hub.told.push(record.body);
    },
    clock,
    logger: silentLogger,
    signal: stopping.signal,
  });
  closers.push(async () => {
    stopping.abort();
    await lane.settled();
    await spool.close();
  });
  /** Turns the clock until the hub was asked again. */
  const nextTry = async () => {
    const before = hub.tries;
    while (hub.tries === before) {
      if (clock.waits().length > 0) await clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { at, lane, hub, stop: () => stopping.abort(), nextTry, spool };
}

describe("one lease's way to the hub", () => {
  it("is straight while the hub answers, and touches no disk", async () => {
    const { lane, hub, spool } = await laneTo();
    expect(await Promise.all([lane.push(log("one")), lane.push(log("two")), lane.push(end)])).toEqual([
      "delivered",
      "delivered",
      "delivered",
    ]);
    expect(hub.told).toEqual(["one", "two", "end"]);
    expect(spool.state().bytes).toBe(0);
  });
  it("leads over the disk while the hub is away, and arrives in order once it is back", async () => {
    const { lane, hub, nextTry, at } = await laneTo();
    await lane.push(log("one"));
    hub.isThere = false;
    for (const text of ["two", "three", "four"]) expect(await lane.push(log(text))).toBe("kept");
    expect(await lane.push(end)).toBe("kept");
    expect(await readdir(at)).toContain("l-1");
    await nextTry();
    hub.isThere = true;
    await nextTry();
    expect(await lane.settled()).toBe("delivered");
    expect(hub.told).toEqual(["one", "two", "three", "four", "end"]);
    expect(await readdir(at)).not.toContain("l-1");
  });
  it("brings an end that can no longer be read on disk, and says no sooner that the hub has it", async () => {
    const { lane, hub, nextTry, at } = await laneTo();
    hub.isThere = false;
    await lane.push(log("one"));
    expect(await lane.push(end)).toBe("kept");
    await spoil(join(at, "l-1"), 0);
    await nextTry();
    await nextTry();
    hub.isThere = true;
    await nextTry();
    expect(await lane.settled()).toBe("delivered");
    expect(hub.told).toContain("end");
  });
  it("brings an end that can no longer be read behind a gap record that can", async () => {
    const { lane, hub, nextTry, at, spool } = await laneTo();
    hub.isThere = false;
    expect(await lane.push({ class: "end", body: "gap" })).toBe("kept");
    const { bytes } = spool.state();
    expect(await lane.push(end)).toBe("kept");
    await spoil(join(at, "l-1"), bytes);
    hub.isThere = true;
    await nextTry();
    expect(await lane.settled()).toBe("delivered");
    expect(hub.told).toEqual(["gap", "end"]);
  });
  it("is taken up by the next process where this one was killed", async () => {
    const first = await laneTo();
    first.hub.isThere = false;
    for (const text of ["one", "two"]) await first.lane.push(log(text));
    await first.lane.push(end);
    const second = await laneTo({ at: first.at });
    expect(await second.lane.settled()).toBe("delivered");
    expect(second.hub.told).toEqual(["one", "two", "end"]);
  });
  it("keeps on disk what is pushed while the process stops", async () => {
    const { lane, hub, stop, spool } = await laneTo();
    hub.isThere = false;
    await lane.push(log("one"));
    stop();
    expect(await lane.push(end)).toBe("kept");
    expect(await lane.settled()).toBe("stopped");
    expect(spool.leases()).toEqual(["l-1"]);
  });
  it("ends when the hub says that the lease is over: nothing is told after it, nothing stays on disk", async () => {
    const { lane, hub, nextTry, at } = await laneTo();
    hub.isThere = false;
    for (const text of ["one", "two", "three"]) await lane.push(log(text));
    hub.refusal = new SeatrialError("lease_stale", "over");
    await nextTry();
    expect(await lane.settled()).toBe("refused");
    const { tries } = hub;
    expect(await lane.push(end)).toBe("refused");
    expect(hub.tries).toBe(tries);
    await lane.abandon();
    expect(await readdir(at)).not.toContain("l-1");
  });
  it("ends at once when it is abandoned, also while it waits", async () => {
    const { lane, hub, at } = await laneTo();
    hub.isThere = false;
    await lane.push(log("one"));
    await lane.abandon();
    expect(await lane.push(end)).toBe("refused");
    expect(await lane.settled()).toBe("refused");
    expect(await readdir(at)).not.toContain("l-1");
  });
  it("leaves out a record that the hub refuses for itself, and brings the rest", async () => {
    const { lane, hub } = await laneTo();
    hub.refusal = new SeatrialError("invalid_request", "no");
    expect(await lane.push(log("one"))).toBe("refused");
    hub.refusal = null;
    expect(await lane.push(end)).toBe("delivered");
  });
  it("is not over while a record waits on disk, although one before it was refused", async () => {
    const { lane, hub, stop, spool } = await laneTo();
    hub.refusal = new SeatrialError("invalid_request", "no");
    expect(await lane.push(log("one"))).toBe("refused");
    Object.assign(hub, { refusal: null, isThere: false });
    expect(await lane.push(end)).toBe("kept");
    stop();
    expect(await lane.settled()).toBe("stopped");
    expect(spool.leases()).toEqual(["l-1"]);
  });
  it("never gives up an end: without room it waits for the hub", async () => {
    const { lane, hub, nextTry } = await laneTo({ capBytes: 2_000 });
    hub.isThere = false;
    while ((await lane.push(log("x".repeat(300)))) === "kept");
    const large: SpoolRecord = { class: "end", body: "e".repeat(3_000) };
    const pushed = lane.push(large);
    await nextTry();
    hub.isThere = true;
    await nextTry();
    expect(await pushed).toBe("delivered");
    expect(hub.told.at(-1)).toBe(large.body);
  });
  it("without a disk lets whoever pushes wait with it", async () => {
    const { lane, hub, nextTry } = await laneTo({ withDisk: false });
    hub.isThere = false;
    const pushed = Promise.all([lane.push(log("one")), lane.push(end)]);
    await nextTry();
    hub.isThere = true;
    await nextTry();
    expect(await pushed).toEqual(["delivered", "delivered"]);
    expect(hub.told).toEqual(["one", "end"]);
  });
});
