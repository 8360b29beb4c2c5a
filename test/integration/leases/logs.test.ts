import type { LogPosition } from "@seatrial/contracts/agent-protocol/report.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import type { LogChunk } from "@seatrial/contracts/runs/log.ts";
import { createApp } from "@seatrial/hub/app/create-app.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { createTestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("console output on $name", (database) => {
  let world: LeaseWorld;
  let agent: TestAgent;
  let runId: string;
  let lease: string;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    agent = await world.agent("east");
    runId = await world.startRun(await world.project("shop"), [commandSuite()]);
    lease = (await agent.claim()).leases[0]?.leaseId ?? "";
    await agent.acknowledge([lease]);
  });
  afterEach(() => world.hub.close());

  const send = async (offset: number, text: string, fields = {}) =>
    (await (await agent.log(lease, offset, text, fields)).json()) as LogPosition;
  const position = async () =>
    (await (await agent.get(`/agent/v2/leases/${lease}/logs`)).json()) as LogPosition;
  const read = async (run = runId) => {
    const path = `/v1/projects/shop/runs/${run}/logs?limit=200`;
    return (await world.hub.json<{ items: LogChunk[] }>("GET", path)).items.map(({ offset, text, gap }) => [
      offset,
      text,
      gap,
    ]);
  };

  it("is kept once, whatever is sent twice", async () => {
    expect(await send(0, "hello ", { stamp: "t1" })).toEqual({ nextOffset: 6, stamp: "t1", full: false });
    expect(await send(0, "hello ")).toMatchObject({ nextOffset: 6 });
    expect(await send(3, "lo world☃", { stamp: "t2" })).toEqual({ nextOffset: 14, stamp: "t2", full: false });
    expect(await position()).toEqual({ nextOffset: 14, stamp: "t2", full: false });
    expect(await read()).toEqual([
      [0, "hello ", null],
      [6, "world☃", null],
    ]);
  });

  it("never has a silent hole", async () => {
    await send(0, "hello");
    const answer = await agent.log(lease, 9, "later");
    expect(await answer.json()).toMatchObject({ code: "log_gap", status: 409, facts: { nextOffset: 5 } });
    await send(5, "after", { gap: "the kubelet rotated the file" });
    await send(5, "after", { gap: "the kubelet rotated the file" });
    await send(10, "", { gap: "the node was gone" });
    await send(10, "", { gap: "the node was gone" });
    expect(await read()).toEqual([
      [0, "hello", null],
      [5, "", "the kubelet rotated the file"],
      [5, "after", null],
      [10, "", "the node was gone"],
    ]);
  });

  it("says once where output is missing, also to an agent that tells all of it again", async () => {
    const tellAll = async () => {
      await send(0, "one\n");
      await send(4, "", { gap: "dropped: spool full (9 bytes of output)" });
      await send(4, "two\n");
    };
    await tellAll();
    await tellAll();
    expect(await read()).toEqual([
      [0, "one\n", null],
      [4, "", "dropped: spool full (9 bytes of output)"],
      [4, "two\n", null],
    ]);
  });

  it("with NUL bytes and half characters is made safe without moving any offset", async () => {
    expect(await send(0, "a\0b\ud800c")).toMatchObject({ nextOffset: 7 });
    expect(await send(7, "d")).toMatchObject({ nextOffset: 8 });
    expect(await read()).toEqual([
      [0, "a\u001Ab\uFFFDc", null],
      [7, "d", null],
    ]);
  });

  it("of 50 MB in one line is cut at the limit with one gap record, and the agent is told to stop", async () => {
    const chunk = "x".repeat(limits.logChunkBytes - 10);
    let answer = await send(0, chunk);
    while (!answer.full) answer = await send(answer.nextOffset, chunk);
    expect(answer.nextOffset).toBeGreaterThanOrEqual(limits.attemptLogBytes - 3);
    expect(answer.nextOffset).toBeLessThanOrEqual(limits.attemptLogBytes);
    expect(await send(answer.nextOffset, "more")).toEqual(answer);
    await agent.finish(lease);
    await world.work();
    expect(await world.tick()).toMatchObject({ compacted: 1 });
    const last = (await readAll()).slice(-2);
    expect(last.map(({ gap }) => gap)).toEqual([null, expect.stringContaining("the rest was dropped")]);
  });

  async function readAll(): Promise<LogChunk[]> {
    const all: LogChunk[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/projects/shop/runs/${runId}/logs?limit=200${query}`;
      const page: { items: LogChunk[]; nextCursor: string | null } = await world.hub.json("GET", path);
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  }

  it("reads the same before and after it is compacted", async () => {
    await send(0, "one\n");
    await send(4, "two\n", { gap: "lost some" });
    await agent.finish(lease);
    await world.work();
    const before = await read();
    expect(await world.tick()).toMatchObject({ compacted: 1 });
    expect(await world.tick()).toMatchObject({ compacted: 0 });
    expect(await read()).toEqual(before);
    expect(before).toEqual([
      [0, "one\n", null],
      [4, "", "lost some"],
      [4, "two\n", null],
    ]);
  });

  it("is whole after two ticks that overlapped", async () => {
    const other = await world.startRun("shop", [commandSuite()]);
    await send(0, "one\n");
    const [second] = (await agent.claim({ running: [lease] })).leases;
    await agent.acknowledge([second?.leaseId ?? ""]);
    await agent.log(second?.leaseId ?? "", 0, "two\n");
    for (const id of [lease, second?.leaseId ?? ""]) await agent.finish(id);
    await world.work();
    const { deps, json } = world.hub;
    const ticks: unknown[] = [];
    // The first blob of one tick is stored when another tick has done everything.
    const put: typeof deps.blobs.put = async (...blob) => {
      if (ticks.length === 0) ticks.push(await world.tick());
      return deps.blobs.put(...blob);
    };
    const app = createApp({ ...deps, blobs: { ...deps.blobs, put } });
    ticks.push(await json("POST", "/worker/v1/tick", { token: workerToken, app }));
    expect(ticks).toMatchObject([{ compacted: 2 }, { compacted: 0 }]);
    expect([await read(), await read(other)]).toEqual([[[0, "one\n", null]], [[0, "two\n", null]]]);
  });
});
