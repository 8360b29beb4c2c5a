import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { LeaseSpool } from "@seatrial/hub-link/spool/lease-spool.ts";
import { openSpool } from "@seatrial/hub-link/spool/open-spool.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createLogSender } from "../logs/create-log-sender.ts";
import { type LogChunk, openReporter } from "./open-reporter.ts";
import type { AttemptEnd } from "./report-record.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const at = "2026-01-01T00:00:00.000Z";
const end: AttemptEnd = {
  startedAt: at,
  endedAt: at,
  exit: { reason: "completed", exitCode: 1, signal: null, message: "", evidence: ["a", "b"] },
  collected: null,
};
const progress = { state: "running" as const, at, pod: { namespace: "n", name: "st-a", node: null } };
const chunk = (text: string, gap: string | null = null): LogChunk => ({
  text,
  textBytes: Buffer.byteLength(text),
  gap,
  stamp: `${at}+${text.length.toString(36)}`,
});

/** A hub's side of one lease, which may be away, may have taken the lease away, or may lose what it had. */
function hubOfOneLease() {
  const hub = {
    isThere: true,
    isLeaseGone: false,
    losesNextAnswer: false,
    told: [] as string[],
    log: "",
    stamp: null as string | null,
    gaps: [] as string[],
    instances: new Set<string>(),
    tries: 0,
  };
  const answer = (what: string, instance: string) => {
    hub.tries += 1;
    if (!hub.isThere) throw new SeatrialError("unavailable", "away");
    if (hub.isLeaseGone) throw new SeatrialError("lease_stale", "over");
    hub.instances.add(instance);
    if (hub.told.at(-1) !== what) hub.told.push(what);
  };
  const position = () => ({ nextOffset: Buffer.byteLength(hub.log), stamp: hub.stamp, full: false });
  const link = {
    async progress(_: string, { instance, state }: { instance: string; state: string }) {
      answer(state, instance);
    },
    async sendLog(_: string, sent: Parameters<HubLink["sendLog"]>[1]) {
      answer("log", sent.instance);
      const have = Buffer.byteLength(hub.log);
      if (sent.offset > have) throw new SeatrialError("log_gap", "gap", { facts: { nextOffset: have } });
      if (sent.gap) hub.gaps.push(sent.gap);
      hub.log += Buffer.from(sent.text).subarray(have - sent.offset);
      hub.stamp = sent.stamp ?? hub.stamp;
      if (hub.losesNextAnswer) {
        hub.losesNextAnswer = false;
        throw new SeatrialError("unavailable", "the link was cut");
      }
      return position();
    },
    async logPosition() {
      hub.tries += 1;
      if (!hub.isThere) throw new SeatrialError("unavailable", "away");
      return position();
    },
    async finish(_: string, request: { instance: string; exit: { exitCode: number | null } }) {
      answer(`end ${request.exit.exitCode}`, request.instance);
      return { state: "over", duplicate: false };
    },
  } as unknown as HubLink;
  return { hub, link };
}

type World = ReturnType<typeof hubOfOneLease> & { folder: string };
async function world(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-reports-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return { ...hubOfOneLease(), folder };
}
/** Numbers in [0, 1) that the seed decides (the LCG of Numerical Recipes). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

type LifeOptions = { capBytes?: number; instance?: string; isDiskFull?: () => boolean };

/** One life of the agent: what it keeps is in the world's folder. */
async function life({ hub, link, folder }: World, options: LifeOptions = {}) {
  const spool = await openSpool({ folder, capBytes: options.capBytes ?? 1_048_576 }, silentLogger);
  const isDiskFull = options.isDiskFull ?? (() => false);
  /** What a disk without room makes of output; ends have the room that was taken in advance. */
  const of = async (leaseId: string): Promise<LeaseSpool> => {
    const queue = await spool.of(leaseId);
    return {
      ...queue,
      append: async (record) => (record.class !== "log" || !isDiskFull()) && queue.append(record),
    };
  };
  const clock = createManualClock();
  const stopping = new AbortController();
  const lost = new AbortController();
  const deps = { link, spool: { of }, clock, logger: silentLogger, shutdown: stopping.signal };
  const reporter = await openReporter(
    { ...deps, instance: options.instance ?? "instance-1" },
    "l-1",
    lost.signal,
  );
  /** As by SIGKILL: nothing of it is told any more. */
  const kill = () => stopping.abort();
  closers.push(spool.close, kill);
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      if (clock.waits().length > 0) await clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const nextTry = () => {
    const before = hub.tries;
    return until(() => hub.tries > before);
  };
  return { reporter, spool, clock, stopping, kill, lose: () => lost.abort(), until, nextTry };
}

describe("what an attempt tells a hub that is away", () => {
  it("arrives whole and in order once it is back", async () => {
    const there = await world();
    const { reporter, until, spool } = await life(there);
    there.hub.isThere = false;
    reporter.progress(progress);
    for (const text of ["one\n", "zwei é\n", "three\n"]) expect(await reporter.log(chunk(text))).toBe("open");
    const ended = reporter.end(end);
    await until(() => spool.state().bytes > 300);
    there.hub.isThere = true;
    await until(() => there.hub.told.length === 3);
    expect(await ended).toBe("accepted");
    expect(there.hub.told).toEqual(["running", "log", "end 1"]);
    expect(there.hub.log).toBe("one\nzwei é\nthree\n");
    expect(spool.state()).toMatchObject({ bytes: 0, dropped: 0 });
  });
  it("outlives the agent: its next life tells it under its own name, and knows where the log goes on", async () => {
    const there = await world();
    const first = await life(there);
    await first.reporter.log(chunk("before\n"));
    there.hub.isThere = false;
    await first.reporter.log(chunk("kept\n"));
    first.kill();
    const second = await life(there, { instance: "instance-2" });
    expect(second.reporter.keptEnd()).toBeNull();
    expect(await second.reporter.logPosition(new AbortController().signal)).toEqual({ stamp: `${at}+5` });
    await second.reporter.log(chunk("after\n"));
    there.hub.isThere = true;
    await second.until(() => there.hub.log.length === 18);
    expect(there.hub.log).toBe("before\nkept\nafter\n");
    expect([...there.hub.instances]).toEqual(["instance-1", "instance-2"]);
    expect(there.hub.gaps).toEqual([]);
  });
  it("is told to its end by the next life without looking at the pod again", async () => {
    const there = await world();
    const first = await life(there);
    there.hub.isThere = false;
    await first.reporter.log(chunk("kept\n"));
    void first.reporter.end(end);
    await first.until(() => first.spool.state().bytes > 200);
    first.kill();
    const second = await life(there);
    expect(second.reporter.keptEnd()).toEqual(end);
    there.hub.isThere = true;
    const told = second.reporter.keptEndTold();
    await second.until(() => there.hub.told.includes("end 1"));
    expect(await told).toBe("accepted");
    expect(there.hub.log).toBe("kept\n");
  });
  it("is forgotten when the lease went elsewhere meanwhile", async () => {
    const there = await world();
    const { reporter, spool, nextTry, until } = await life(there);
    there.hub.isThere = false;
    await reporter.log(chunk("late\n"));
    const ended = reporter.end(end);
    await nextTry();
    Object.assign(there.hub, { isThere: true, isLeaseGone: true });
    await until(() => there.hub.tries > 2);
    expect(await ended).toBe("refused");
    await reporter.close();
    expect(spool.leases()).toEqual([]);
    expect(there.hub.log).toBe("");
  });
  it("is forgotten at once when the hub disowns the lease", async () => {
    const there = await world();
    const { reporter, spool, lose, until } = await life(there);
    there.hub.isThere = false;
    await reporter.log(chunk("late\n"));
    const ended = reporter.end(end);
    await until(() => spool.state().bytes > 200);
    lose();
    expect(await ended).toBe("refused");
    await until(() => spool.leases().length === 0);
    expect(await reporter.log(chunk("more\n"))).toBe("closed");
  });
  it("says where output is missing that it had told and that the hub lost", async () => {
    const there = await world();
    const { reporter } = await life(there);
    await reporter.log(chunk("one\n"));
    there.hub.log = "";
    await reporter.log(chunk("two\n"));
    await reporter.log(chunk("three\n"));
    expect(there.hub.log).toBe("two\nthree\n");
    expect(there.hub.gaps).toEqual([expect.stringContaining("lost on its way")]);
  });
});

describe("a hub that is away while a lot is written", () => {
  it("costs output beyond the cap, says how much, and never the end", async () => {
    const there = await world();
    const { reporter, spool, until } = await life(there, { capBytes: 100_000 });
    there.hub.isThere = false;
    let written = 0;
    let last = "";
    for (let count = 0; count < 400; count += 1) {
      last = `${String(count).padStart(6, "0")} ${"x".repeat(3_990)}\n`;
      written += last.length;
      expect(await reporter.log(chunk(last))).toBe("open");
    }
    expect(spool.state().bytes).toBeLessThanOrEqual(100_000);
    const { dropped } = spool.state();
    expect(dropped).toBeGreaterThan(350);
    const ended = reporter.end(end);
    there.hub.isThere = true;
    await until(() => there.hub.told.includes("end 1"));
    expect(await ended).toBe("accepted");
    expect(there.hub.gaps).toEqual([
      `dropped: spool full (${written - there.hub.log.length} bytes of output)`,
    ]);
    expect(there.hub.log.startsWith("000000 ")).toBe(true);
    expect(spool.state().bytes).toBe(0);
  });
  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    "counts every byte, kept or dropped, whenever its disk is full (seed %i)",
    async (seed) => {
      const next = random(seed);
      const likelihood = next();
      const there = await world();
      const { reporter, clock, stopping, until } = await life(there, {
        capBytes: 16 * 1_048_576,
        isDiskFull: () => next() < likelihood,
      });
      there.hub.isThere = false;
      const sender = createLogSender({ report: reporter.log, clock, signal: stopping.signal }, null);
      const inTime = async (work: Promise<void>) => {
        let isDone = false;
        void work.then(() => {
          isDone = true;
        });
        await until(() => isDone);
      };
      let written = 0;
      for (let count = 0; count < 60; count += 1) {
        const data = Buffer.alloc(1 + Math.floor(next() * 60_000), "x");
        written += data.length;
        await inTime(sender.write([{ stamp: at, data, bytesBefore: written - data.length }]));
      }
      await inTime(sender.drain());
      const ended = reporter.end(end);
      there.hub.isThere = true;
      await until(() => there.hub.told.includes("end 1"));
      expect(await ended).toBe("accepted");
      const dropped = there.hub.gaps.map(
        (gap) => /^dropped: spool full \((\d+) bytes of output\)$/.exec(gap)?.[1],
      );
      expect(there.hub.log.length + dropped.reduce((sum, bytes) => sum + Number(bytes), 0)).toBe(written);
    },
  );
  it("loses nothing that follows output which arrived although its answer did not and no disk kept it", async () => {
    const there = await world();
    const { reporter } = await life(there, { isDiskFull: () => true });
    there.hub.losesNextAnswer = true;
    const [arrived, ...later] = ["a".repeat(60_000), "b".repeat(20_000), "c".repeat(20_000)];
    expect(await reporter.log(chunk(arrived ?? ""))).toBe("open");
    there.hub.isThere = false;
    expect(await reporter.log(chunk("while it is away\n"))).toBe("open");
    there.hub.isThere = true;
    for (const text of later) await reporter.log(chunk(text));
    expect(there.hub.log).toBe([arrived, ...later].join(""));
    expect(there.hub.gaps).toEqual([expect.stringContaining("spool full")]);
  });
  it("puts the gap where the output is missing when there is room again", async () => {
    const there = await world();
    const { reporter, until } = await life(there, { capBytes: 20_000 });
    there.hub.isThere = false;
    for (let count = 0; count < 20; count += 1) await reporter.log(chunk("y".repeat(2_000)));
    there.hub.isThere = true;
    await until(() => there.hub.log.length > 10_000);
    await reporter.log(chunk("after\n"));
    await until(() => there.hub.log.endsWith("after\n"));
    expect(there.hub.gaps).toEqual([expect.stringMatching(/^dropped: spool full \(\d+ bytes of output\)$/)]);
  });
  it("is no reason to keep more of a log than the hub would take", async () => {
    const there = await world();
    const { reporter, spool } = await life(there, { capBytes: 64 * 1_048_576 });
    there.hub.isThere = false;
    const large = chunk("z".repeat(65_536));
    let chunks = 0;
    while ((await reporter.log(large)) === "open") chunks += 1;
    expect(chunks).toBeLessThan(260);
    expect(spool.state().bytes).toBeLessThan(18 * 1_048_576);
  });
});
