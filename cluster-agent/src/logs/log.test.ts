import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { logRequestSchema } from "@seatrial/contracts/agent-protocol/report.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createPodApi } from "../pods/pod-api.ts";
import { openReporter, type ReporterDeps } from "../reports/open-reporter.ts";
import { createLogSender } from "./create-log-sender.ts";
import { endIfSilent } from "./end-if-silent.ts";
import { createLogFollower } from "./follow-log.ts";
import { formatLogMark, parseLogMark } from "./log-mark.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A kubelet's log over HTTP: each request gets the next script, later ones the last; `null` in it breaks the connection off. */
async function fakeKubelet(...scripts: (string | Buffer | null)[][]) {
  const asked: URLSearchParams[] = [];
  const sent = { bytes: 0 };
  const server = createServer(async (request, response) => {
    asked.push(new URL(request.url ?? "", "http://x").searchParams);
    for (const part of scripts[Math.min(asked.length, scripts.length) - 1] ?? []) {
      if (part === null) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return void request.socket.destroy();
      }
      sent.bytes += Buffer.byteLength(part);
      if (response.destroyed) return;
      if (!response.write(part)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closers.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const kube = createKubeClient({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: null,
    clientCertificatePem: null,
    clientKeyPem: null,
    token: async () => null,
  });
  closers.push(() => void kube.close());
  return { asked, sent, pods: createPodApi(kube, "work", "x=y", "main") };
}

/** The hub's side of a log: offsets are its own. */
function hubLog(options: { limitBytes?: number; failures?: Error[] } = {}) {
  const state = {
    text: "",
    gaps: [] as { at: number; gap: string }[],
    stamp: null as string | null,
    largest: 0,
    requests: 0,
  };
  const send = async (request: {
    offset: number;
    text: string;
    gap: string | null;
    stamp: string | null;
  }) => {
    const failure = options.failures?.shift();
    if (failure) throw failure;
    const { success } = logRequestSchema.safeParse({ ...request, instance: "instance-1" });
    if (!success) throw new SeatrialError("invalid_request", "the request is not as it must be");
    const have = Buffer.byteLength(state.text);
    if (request.offset > have) throw new SeatrialError("log_gap", "gap", { facts: { nextOffset: have } });
    state.requests += 1;
    state.largest = Math.max(state.largest, Buffer.byteLength(request.text));
    if (request.gap) state.gaps.push({ at: have, gap: request.gap });
    state.text += Buffer.from(request.text)
      .subarray(have - request.offset)
      .toString("utf8");
    state.stamp = request.stamp ?? state.stamp;
    const nextOffset = Buffer.byteLength(state.text);
    return {
      nextOffset,
      stamp: state.stamp,
      full: nextOffset >= (options.limitBytes ?? Number.POSITIVE_INFINITY),
    };
  };
  return { state, send };
}

async function reader(
  pods: Awaited<ReturnType<typeof fakeKubelet>>["pods"],
  hub: ReturnType<typeof hubLog>,
  from = { offset: 0, stamp: null as string | null },
) {
  const stopping = new AbortController();
  const common = { clock: systemClock, logger: silentLogger, signal: stopping.signal };
  const link = {
    sendLog: (_: string, request: Parameters<typeof hub.send>[0]) => hub.send(request),
    logPosition: async () => ({ nextOffset: from.offset, stamp: from.stamp, full: false }),
  } as unknown as ReporterDeps["link"];
  const deps = { ...common, link, spool: null, instance: "instance-1", shutdown: stopping.signal };
  const reporter = await openReporter(deps, "l-1", new AbortController().signal);
  const { stamp } = await reporter.logPosition(stopping.signal);
  const sender = createLogSender({ ...common, report: reporter.log }, parseLogMark(stamp));
  closers.push(() => stopping.abort());
  return {
    sender,
    follower: createLogFollower({ ...common, log: pods.log, podName: "st-a", sender, followAfterMs: 100 }),
  };
}
const line = (second: number, text: string, nano = "000000001") =>
  `2026-01-01T00:00:${String(second).padStart(2, "0")}.${nano}Z ${text}\n`;

describe("a log that is read once", () => {
  it("arrives whole, without its stamps", async () => {
    const { pods, asked } = await fakeKubelet([line(1, "one"), line(2, "two"), line(3, "")]);
    const hub = hubLog();
    await (await reader(pods, hub)).follower.finish();
    expect(hub.state.text).toBe("one\ntwo\n\n");
    expect(asked[0]?.get("timestamps")).toBe("true");
    expect(hub.state.stamp).toBe("2026-01-01T00:00:03.000000001Z+1");
  });
  it("keeps what is no UTF-8 apart from what is, and NUL out of the database", async () => {
    const bad = Buffer.concat([
      Buffer.from(line(1, "a").slice(0, -1)),
      Buffer.from([0xff, 0xc3, 0x28, 0x00]),
      Buffer.from("é€😀\n"),
    ]);
    const { pods } = await fakeKubelet([bad.subarray(0, 36), bad.subarray(36)]);
    const hub = hubLog();
    await (await reader(pods, hub)).follower.finish();
    expect(hub.state.text).toBe("a\ufffd\ufffd(\ufffdé€😀\n");
  });
  it("cuts no character in two, wherever the network cut the stream", async () => {
    const whole = Buffer.from(line(1, "é€😀".repeat(30_000)));
    const parts = Array.from({ length: Math.ceil(whole.length / 7_001) }, (_, at) =>
      whole.subarray(at * 7_001, (at + 1) * 7_001),
    );
    const { pods } = await fakeKubelet(parts);
    const hub = hubLog();
    await (await reader(pods, hub)).follower.finish();
    expect(hub.state.text).toBe(`${"é€😀".repeat(30_000)}\n`);
    expect(hub.state.largest).toBeLessThanOrEqual(limits.logChunkBytes);
  });
  it("stays under the chunk limit when every byte becomes three", async () => {
    const { pods } = await fakeKubelet([line(1, "").trimEnd(), " ", Buffer.alloc(200_000, 0xff), "\n"]);
    const hub = hubLog();
    await (await reader(pods, hub)).follower.finish();
    expect(hub.state.text).toBe(`${"\ufffd".repeat(200_000)}\n`);
    expect(hub.state.largest).toBeLessThanOrEqual(limits.logChunkBytes);
  });
  it("takes no more of one line of 200 MB than the hub keeps, and what is on the way", async () => {
    const piece = Buffer.alloc(1_048_576, "x");
    const { pods, sent } = await fakeKubelet([
      line(1, "").trimEnd(),
      " ",
      ...Array.from({ length: 200 }, () => piece),
      "\n",
    ]);
    const hub = hubLog({ limitBytes: limits.attemptLogBytes });
    await (await reader(pods, hub)).follower.finish();
    expect(Buffer.byteLength(hub.state.text)).toBeLessThan(limits.attemptLogBytes + 2 * limits.logChunkBytes);
    // What the reader does not take stays in the kernel's buffers, a few MB, and holds the sender back.
    expect(sent.bytes).toBeLessThan(100 * 1_048_576);
  });
});

describe("a log of a node that is not on UTC", () => {
  it("arrives whole, and goes on where it was", async () => {
    const local = (second: number, text: string) => line(second, text).replace("Z ", "+02:00 ");
    const long = "x".repeat(2_000_000);
    const hub = hubLog();
    const first = await fakeKubelet([local(1, long)]);
    await (await reader(first.pods, hub)).follower.finish();
    const from = { offset: Buffer.byteLength(hub.state.text), stamp: hub.state.stamp };
    const second = await fakeKubelet([local(1, long), local(2, "after")]);
    await (await reader(second.pods, hub, from)).follower.finish();
    expect(hub.state.text.slice(-20)).toBe(`${"x".repeat(13)}\nafter\n`);
    expect(hub.state.text).toHaveLength(2_000_007);
    expect(hub.state.gaps).toEqual([]);
    expect(hub.state.stamp).toBe("2025-12-31T22:00:02.000000001Z+6");
  });
  it("goes on where an agent was that wrote the node's own stamps", async () => {
    const there = (second: number, text: string) => line(second, text).replace("Z ", "-05:30 ");
    const { pods } = await fakeKubelet([there(1, "one"), there(2, "two")]);
    const hub = hubLog();
    hub.state.text = "o";
    const stamp = "2026-01-01T00:00:01.000000001-05:30+1";
    await (await reader(pods, hub, { offset: 1, stamp })).follower.finish();
    expect(hub.state.text).toBe("one\ntwo\n");
  });
});

describe("a flood of lines with nothing in them", () => {
  it("is left at the node while the hub does not answer", async () => {
    const lines = Buffer.from(line(1, "").repeat(2_000));
    let linesTaken = 0;
    const log = async () =>
      (async function* () {
        for (; linesTaken < 1_000_000; linesTaken += 2_000) yield lines;
      })();
    const hub = { ...hubLog(), send: () => new Promise<never>(() => {}) };
    const { follower } = await reader({ log } as unknown as Parameters<typeof reader>[0], hub);
    follower.start();
    await expect.poll(() => linesTaken).toBeGreaterThan(0);
    let before = -1;
    while (linesTaken > before) {
      before = linesTaken;
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(linesTaken).toBeLessThan(20_000);
  });
});

describe("a log of a container that ends as soon as it runs", () => {
  it("is asked for once", async () => {
    const { pods, asked } = await fakeKubelet([line(1, "one")]);
    const hub = hubLog();
    const { follower } = await reader(pods, hub);
    follower.start();
    await follower.finish();
    expect(hub.state.text).toBe("one\n");
    expect(asked.map((query) => query.get("follow"))).toEqual(["false"]);
  });
});

describe("a log whose stream breaks", () => {
  it("goes on where it was, and drops what it had", async () => {
    const { pods, asked } = await fakeKubelet(
      [line(1, "one"), line(1, "two", "000000002"), null],
      [line(1, "one"), line(1, "two", "000000002"), line(1, "three", "000000003")],
    );
    const hub = hubLog();
    const { follower, sender } = await reader(pods, hub);
    follower.start();
    while (asked.length < 2 && !sender.closed()) await systemClock.sleep(10);
    await follower.finish();
    expect(hub.state.text).toBe("one\ntwo\nthree\n");
    expect(asked[1]?.get("sinceTime")).toBe("2026-01-01T00:00:01.000000002Z");
    expect(hub.state.gaps).toEqual([]);
  });
  it("goes on in the middle of a line, and among lines of one stamp", async () => {
    const all = line(1, "same") + line(1, "same") + line(2, "a long line that was cut");
    const { pods } = await fakeKubelet([all]);
    const hub = hubLog();
    const done = "same\nsame\na long li";
    hub.state.text = done;
    const mark = formatLogMark({ stamp: "2026-01-01T00:00:02.000000001Z", bytes: 9 });
    await (await reader(pods, hub, { offset: done.length, stamp: mark })).follower.finish();
    expect(hub.state.text).toBe("same\nsame\na long line that was cut\n");
  });
  it("says where output is missing when the node rotated it away", async () => {
    const { pods } = await fakeKubelet([line(9, "later")]);
    const hub = hubLog();
    hub.state.text = "early\n";
    await (
      await reader(pods, hub, {
        offset: 6,
        stamp: formatLogMark({ stamp: "2026-01-01T00:00:01.000000001Z", bytes: 6 }),
      })
    ).follower.finish();
    expect(hub.state.text).toBe("early\nlater\n");
    expect(hub.state.gaps).toEqual([{ at: 6, gap: expect.stringContaining("rotated") }]);
  });
});

describe("a log while the clock is set back", () => {
  it("is sent at its pace, and its end is not waited for", async () => {
    const clock = createManualClock();
    const sent: string[] = [];
    const report = async ({ text }: { text: string }) => {
      sent.push(text);
      clock.step(-3_600_000);
      return "open" as const;
    };
    const sender = createLogSender({ clock, report, signal: new AbortController().signal }, null);
    const write = (text: string) =>
      sender.write([{ stamp: "2026-01-01T00:00:01.000000001Z", bytesBefore: 0, data: Buffer.from(text) }]);
    await write("one\n");
    await clock.sleepers(1);
    expect(clock.waits()).toEqual([40]);
    await write("two\n");
    const drained = sender.drain();
    await clock.advance(40);
    await drained;
    expect(sent).toEqual(["one\n", "two\n"]);
  });
});

describe("the end of a log", () => {
  it("is read again while the node does not give it", async () => {
    const { pods } = await fakeKubelet(
      ["nonsense", null],
      [line(1, "one"), null],
      [line(1, "one"), line(2, "two")],
    );
    const hub = hubLog();
    await (await reader(pods, hub)).follower.finish();
    expect(hub.state.text).toBe("one\ntwo\n");
    expect(hub.state.gaps).toEqual([]);
  });
  it("is not waited for when nothing comes any more", async () => {
    const clock = createManualClock();
    const asked: AbortSignal[] = [];
    const open = (signal: AbortSignal) => {
      asked.push(signal);
      const never = async function* () {
        yield Buffer.from("one");
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      };
      return Promise.resolve(never());
    };
    const read: string[] = [];
    const reading = (async () => {
      for await (const part of endIfSilent(open, clock, 30_000, new AbortController().signal))
        read.push(String(part));
    })();
    const ended = expect(reading).rejects.toThrow("silent");
    while (read.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(29_999);
    expect(asked[0]?.aborted).toBe(false);
    await clock.advance(1);
    await ended;
  });
});

describe("a hub that does not take it", () => {
  it("gets it again after it was away", async () => {
    const { pods } = await fakeKubelet([line(1, "one"), line(2, "two")]);
    const hub = hubLog({ failures: [new SeatrialError("unavailable", "away")] });
    await (await reader(pods, hub)).follower.finish();
    expect(hub.state.text).toBe("one\ntwo\n");
  });
  it("is left alone once the lease is stale", async () => {
    const { pods } = await fakeKubelet([line(1, "one")]);
    const hub = hubLog({ failures: [new SeatrialError("lease_stale", "over")] });
    const { follower, sender } = await reader(pods, hub);
    await follower.finish();
    expect(hub.state.requests).toBe(0);
    expect(sender.closed()).toBe(true);
  });
  it("that lost some of it gets a gap record and the rest", async () => {
    const { pods } = await fakeKubelet([line(1, "one")]);
    const hub = hubLog();
    await (await reader(pods, hub, { offset: 100, stamp: null })).follower.finish();
    expect(hub.state.text).toBe("one\n");
    expect(hub.state.gaps).toHaveLength(1);
  });
});
