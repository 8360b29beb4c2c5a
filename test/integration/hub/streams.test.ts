import type { LogChunk } from "@seatrial/contracts/runs/log.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { createApp } from "@seatrial/hub/app/create-app.ts";
import { attempts, logChunks, runs } from "@seatrial/hub/database/schema/runs.ts";
import { transact } from "@seatrial/hub/database/transact.ts";
import { appendEvents, systemActor } from "@seatrial/hub/events/append-events.ts";
import { encodeLogBlob } from "@seatrial/hub/logs/log-blob.ts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import {
  addLog,
  addShard,
  createProject,
  finishRun,
  problemOf,
  type ReceivedEvent,
  readEvents,
  startRun,
} from "../../support/hub-fixtures.ts";
import { type CallOptions, createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const asStream = { accept: "text/event-stream" };

describe.each(databases)("streams of a run on $name", (database) => {
  let hub: TestHub;
  let path: string;
  beforeAll(async () => {
    hub = await createTestHub(database);
    path = `${(await createProject(hub, "streams")).path}/runs`;
  });
  afterAll(() => hub.close());

  const follow = async (run: Run, what: string, options: CallOptions = {}) => {
    const headers = { ...asStream, ...options.headers };
    const answer = await hub.call("GET", `${path}/${run.id}/${what}`, { ...options, headers });
    expect(answer.status).toBe(200);
    return readEvents(answer);
  };
  const next = async (stream: AsyncGenerator<ReceivedEvent>): Promise<ReceivedEvent> => {
    const { value, done } = await stream.next();
    if (done) throw new Error("the stream ended");
    return value;
  };
  const texts = (events: ReceivedEvent[]) =>
    events.flatMap(({ data }) => (data as Partial<LogChunk>).text ?? []);

  test("events come as they are committed, also by another replica, and the stream ends after the run", async () => {
    const run = await startRun(hub, "streams");
    const stream = await follow(run, "events", { app: await hub.replica() });
    expect(await next(stream)).toMatchObject({ id: "1", event: "run.created", data: { id: 1 } });
    await hub.json("POST", `${path}/${run.id}/cancel`);
    expect(await next(stream)).toMatchObject({ id: "2", event: "run.cancel_requested" });
    await finishRun(hub, run, "failed");
    const rest = await Array.fromAsync(stream);
    expect(rest).toMatchObject([{ id: "3", event: "run.finished", data: { data: { state: "failed" } } }]);
  });

  test("Last-Event-ID resumes after exactly that event", async () => {
    const run = await startRun(hub, "streams");
    await hub.json("POST", `${path}/${run.id}/cancel`);
    await finishRun(hub, run, "failed");
    for (const [last, ids] of [
      ["", ["1", "2", "3"]],
      ["1", ["2", "3"]],
      ["2", ["3"]],
    ] as const) {
      const events = await Array.fromAsync(
        await follow(run, "events", { headers: { "last-event-id": last } }),
      );
      expect(events.map((event) => event.id)).toEqual(ids);
    }
    for (const [what, id] of [
      ["events", "x; drop"],
      ["logs/stream", "x; drop"],
      ["logs/stream", "~0.t.1.0-zzzzzz"],
      ["logs/stream", "~0.t.1.0,~0.t.1.1"],
    ] as const) {
      const headers = { ...asStream, "last-event-id": id };
      const wrong = await hub.call("GET", `${path}/${run.id}/${what}`, { headers });
      expect(await problemOf(wrong)).toMatchObject({ status: 422, code: "invalid_request" });
    }
  });

  test("events are numbered without gaps whoever writes at once", async () => {
    const run = await startRun(hub, "streams");
    const [row] = await hub.deps.database.select().from(runs).where(eq(runs.id, run.id));
    const origin = {
      runId: run.id,
      projectId: row?.projectId ?? "",
      at: hub.clock.now(),
      actor: systemActor,
    };
    const event = { type: "shard.queued" as const, data: {} };
    const write = () =>
      hub.deps.database.transaction((tx) => appendEvents(tx as never, origin, [event, event]));
    await Promise.all(Array.from({ length: 10 }, write));
    const page = await hub.json<{ items: { id: number }[] }>("GET", `${path}/${run.id}/events?limit=200`);
    expect(page.items.map(({ id }) => id)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  test("a run may say more at once than one statement holds", async () => {
    const run = await startRun(hub, "streams");
    const many = Array.from({ length: 10_000 }, () => ({ type: "shard.queued" as const, data: {} }));
    await transact(hub.deps, async (tx) => {
      const [row] = await tx.select().from(runs).where(eq(runs.id, run.id));
      const origin = {
        runId: run.id,
        projectId: row?.projectId ?? "",
        at: hub.clock.now(),
        actor: systemActor,
      };
      await appendEvents(tx, origin, many);
    });
    const cursor = Buffer.from("9999").toString("base64url");
    const { items } = await hub.json<{ items: { id: number }[] }>(
      "GET",
      `${path}/${run.id}/events?cursor=${cursor}`,
    );
    expect(items.map(({ id }) => id)).toEqual([10_000, 10_001]);
  });

  test("a client that goes away leaves no waiter behind", async () => {
    const run = await startRun(hub, "streams");
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const subscribe = (channels: readonly string[]) => {
      const subscription = hub.deps.notifications.subscribe(channels);
      const close = () => {
        subscription.close();
        resolve();
      };
      return { ...subscription, close };
    };
    const app = createApp({ ...hub.deps, notifications: { ...hub.deps.notifications, subscribe } });
    const answer = await hub.call("GET", `${path}/${run.id}/events`, { headers: asStream, app });
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await closed;
  });

  test("a stream ends within 10 s after its token was revoked or expired", async () => {
    const run = await startRun(hub, "streams");
    const [attempt = ""] = await addShard(hub, run, 0, [{}]);
    const token = async (expiresInSeconds: number) =>
      hub.json<{ id: string; secret: string }>("POST", "/v1/projects/streams/tokens", {
        body: { name: "viewer", scopes: ["read"], expiresInSeconds },
      });
    const [revoked, expiring, good] = [await token(3_600), await token(5), await token(3_600)];
    const streams: AsyncGenerator<ReceivedEvent>[] = [];
    await addLog(hub, run, attempt, { offset: 0, text: "a" });
    for (const { secret } of [revoked, expiring, good]) {
      const stream = await follow(run, "logs/stream", { token: secret });
      expect(await next(stream)).toMatchObject({ data: { text: "a" } });
      streams.push(stream);
    }
    await hub.json("DELETE", `/v1/projects/streams/tokens/${revoked.id}`);
    hub.clock.advance(10);
    await addLog(hub, run, attempt, { offset: 1, text: "b" });
    const after = await Promise.all(streams.map(async (stream) => (await stream.next()).done));
    expect(after).toEqual([true, true, false]);
    await streams[2]?.return(undefined);
  });

  test("log chunks come as they are written and resume in the middle of several attempts", async () => {
    const run = await startRun(hub, "streams");
    const [one = ""] = await addShard(hub, run, 0, [{}]);
    const [two = ""] = await addShard(hub, run, 1, [{}]);
    const stream = await follow(run, "logs/stream", { app: await hub.replica() });
    await addLog(hub, run, one, { offset: 0, text: "one-a ü\n" });
    const first = await next(stream);
    expect(first).toMatchObject({
      event: "chunk",
      data: { attemptId: one, offset: 0, text: "one-a ü\n", gap: null },
    });
    await addLog(hub, run, two, { offset: 0, text: "two-a\n" });
    const second = await next(stream);
    await addLog(hub, run, one, { offset: 9, text: "", gap: "the kubelet rotated" });
    await addLog(hub, run, one, { offset: 9, text: "one-b\n" });
    await finishRun(hub, run, "passed");
    const rest = await Array.fromAsync(stream);
    expect(texts([second, ...rest])).toEqual(["two-a\n", "", "one-b\n"]);
    expect(rest.at(-1)).toMatchObject({ event: "end", data: { state: "passed" } });

    for (const [from, expected] of [
      [first, ["", "one-b\n", "two-a\n"]],
      [second, ["", "one-b\n"]],
      [rest[0], ["one-b\n"]],
      [rest[1], []],
    ] as const) {
      const again = await follow(run, "logs/stream", { headers: { "last-event-id": from?.id ?? "none" } });
      expect(texts(await Array.fromAsync(again))).toEqual(expected);
    }
  });

  test("log chunks are not said again by a second resume, whoever spoke since the first", async () => {
    const run = await startRun(hub, "streams");
    const [one = ""] = await addShard(hub, run, 0, [{}]);
    const [two = ""] = await addShard(hub, run, 1, [{}]);
    await addLog(hub, run, one, { offset: 0, text: "one-a\n" });
    await addLog(hub, run, two, { offset: 0, text: "two-a\n" });
    const stream = await follow(run, "logs/stream");
    const both = [await next(stream), await next(stream)];
    await stream.return(undefined);
    await addLog(hub, run, one, { offset: 6, text: "one-b\n" });
    const again = await follow(run, "logs/stream", { headers: { "last-event-id": both[1]?.id ?? "none" } });
    const third = await next(again);
    expect(texts([...both, third])).toEqual(["one-a\n", "two-a\n", "one-b\n"]);
    await again.return(undefined);
    await finishRun(hub, run, "passed");
    const rest = await follow(run, "logs/stream", { headers: { "last-event-id": third.id ?? "none" } });
    expect(await Array.fromAsync(rest)).toMatchObject([{ event: "end" }]);
  });

  test("log chunks of more attempts than an id could name resume as well, once most are compacted", async () => {
    const run = await startRun(hub, "streams");
    const logBlobKey = `logs/p/${run.id}.jsonl`;
    await hub.deps.blobs.put(logBlobKey, encodeLogBlob([{ offset: 0, text: "old\n", gap: null }]));
    for (let index = 0; index < 330; index += 1) await addShard(hub, run, index, [{}, {}]);
    await hub.deps.database
      .update(attempts)
      .set({ logBlobKey, logBytes: 4 })
      .where(eq(attempts.runId, run.id));
    const [live = ""] = await addShard(hub, run, 330, [{}]);
    await addLog(hub, run, live, { offset: 0, text: "a" });
    const stream = await follow(run, "logs/stream");
    const first: ReceivedEvent[] = [];
    while (!texts(first).includes("a")) first.push(await next(stream));
    expect(first).toHaveLength(661);
    await addLog(hub, run, live, { offset: 1, text: "b" });
    const second = await next(stream);
    await stream.return(undefined);
    await addLog(hub, run, live, { offset: 2, text: "c" });
    await finishRun(hub, run, "passed");
    const rest = await follow(run, "logs/stream", { headers: { "last-event-id": second.id ?? "none" } });
    expect(texts(await Array.fromAsync(rest))).toEqual(["c"]);
  });

  test("a follower reads a compacted output once or twice, however often there is news of others", async () => {
    const run = await startRun(hub, "streams");
    const [one = ""] = await addShard(hub, run, 0, [{}]);
    const [two = ""] = await addShard(hub, run, 1, [{}]);
    const logBlobKey = `logs/p/${one}.jsonl`;
    await hub.deps.blobs.put(logBlobKey, encodeLogBlob([{ offset: 0, text: "old\n", gap: null }]));
    await hub.deps.database.update(attempts).set({ logBlobKey, logBytes: 4 }).where(eq(attempts.id, one));
    let reads = 0;
    const get: typeof hub.deps.blobs.get = (...request) => {
      reads += 1;
      return hub.deps.blobs.get(...request);
    };
    const app = createApp({ ...hub.deps, blobs: { ...hub.deps.blobs, get } });
    const stream = await follow(run, "logs/stream", { app });
    expect(await next(stream)).toMatchObject({ data: { text: "old\n" } });
    for (let offset = 0; offset < 10; offset += 1) {
      await addLog(hub, run, two, { offset, text: "n" });
      expect(await next(stream)).toMatchObject({ data: { offset, text: "n" } });
    }
    expect(reads).toBeLessThanOrEqual(2);
    await finishRun(hub, run, "passed");
    expect(await next(stream)).toMatchObject({ event: "end" });
  });

  test("output reads the same before and after it was compacted to a blob", async () => {
    const run = await startRun(hub, "streams");
    const [id = ""] = await addShard(hub, run, 0, [{}]);
    const chunks = [
      { offset: 0, text: "ab\n" },
      { offset: 3, text: "", gap: "4 lines" },
      { offset: 3, text: "cdé\n" },
    ];
    for (const chunk of chunks) await addLog(hub, run, id, chunk);
    await finishRun(hub, run, "passed");
    const read = async () => {
      const list = `${path}/${run.id}/logs`;
      const whole = await hub.json<{ items: LogChunk[] }>("GET", list);
      const paged: LogChunk[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? "" : `&cursor=${cursor}`;
        const page: { items: LogChunk[]; nextCursor: string | null } = await hub.json(
          "GET",
          `${list}?limit=1${query}`,
        );
        paged.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(paged).toEqual(whole.items);
      const part = await hub.json<{ items: LogChunk[] }>("GET", `${list}?shard=0&attempt=1&offset=4`);
      const text = await hub.call("GET", list, { headers: { accept: "text/plain" } });
      const streamed = texts(await Array.fromAsync(await follow(run, "logs/stream")));
      return { whole: whole.items, part: part.items, text: await text.text(), streamed };
    };
    const live = await read();
    expect(live.whole.map(({ offset, text, gap }) => [offset, text, gap])).toEqual([
      [0, "ab\n", null],
      [3, "", "4 lines"],
      [3, "cdé\n", null],
    ]);
    expect(live.part.map(({ offset, text }) => [offset, text])).toEqual([[4, "dé\n"]]);
    expect(live.text).toBe(
      "==> smoke shard 1 attempt 1 <==\nab\n[seatrial: output is missing here: 4 lines]\ncdé\n",
    );
    expect(live.streamed).toEqual(["ab\n", "", "cdé\n"]);

    await hub.deps.blobs.put(
      "logs/one.jsonl",
      encodeLogBlob(chunks.map((chunk) => ({ gap: null, ...chunk }))),
    );
    await hub.deps.database.update(attempts).set({ logBlobKey: "logs/one.jsonl" }).where(eq(attempts.id, id));
    await hub.deps.database.delete(logChunks).where(eq(logChunks.attemptId, id));
    expect(await read()).toEqual(live);
  });
});
