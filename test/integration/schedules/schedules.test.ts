import { newId } from "@seatrial/contracts/ids.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { PutScheduleInput, Schedule, ScheduleFiring } from "@seatrial/contracts/schedules/schedule.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { FireAnswer, ScheduleFacts } from "@seatrial/contracts/worker-protocol/schedules.ts";
import { schedules } from "@seatrial/hub/database/schema/schedules.ts";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, imageSuite, problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("schedules on $name", (database) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await createTestHub(database);
  });
  afterAll(() => hub.close());

  const input = (fields: Partial<PutScheduleInput> = {}): PutScheduleInput => {
    return { cron: "0 2 * * *", run: { suites: [imageSuite()] }, ...fields };
  };
  let projects = 0;
  /** A project with one schedule, at a whole hour of the clock. */
  async function open(fields: Partial<PutScheduleInput> = {}) {
    projects += 1;
    const project = await createProject(hub, `project-${projects}`);
    hub.clock.advance(3_600 - ((hub.clock.now().getTime() / 1_000) % 3_600));
    const path = `${project.path}/schedules/nightly`;
    const schedule = await hub.json<Schedule>("PUT", path, { body: input(fields) });
    return { ...project, path, runs: `${project.path}/runs`, id: schedule.id, schedule };
  }
  type Shop = Awaited<ReturnType<typeof open>>;

  const show = (shop: Shop) => hub.json<Schedule>("GET", shop.path);
  const worker = <Answer>(method: string, path: string, body?: unknown) =>
    hub.json<Answer>(method, `/worker/v1/${path}`, {
      token: workerToken,
      ...(body === undefined ? {} : { body }),
    });
  const facts = (shop: Shop) => worker<ScheduleFacts>("GET", `schedules/${shop.id}`);
  const fire = (shop: Shop, scheduledFor: string) =>
    worker<FireAnswer>("POST", `schedules/${shop.id}/fire`, { scheduledFor });
  /** Moves the clock to the schedule's next time (and a little on) and says which that is. */
  async function reachNext(shop: Shop, laterSeconds = 1): Promise<string> {
    const [next = ""] = (await show(shop)).nextTimes;
    hub.clock.advance((Date.parse(next) - hub.clock.now().getTime()) / 1_000 + laterSeconds);
    return next;
  }
  const runsOf = async (shop: Shop) => (await hub.json<{ items: Run[] }>("GET", shop.runs)).items;
  /** What the worker is told of one schedule; what it is told of others is thrown away. */
  async function outbox(shop?: Shop): Promise<OutboxEntry[]> {
    const { entries } = await worker<{ entries: OutboxEntry[] }>("POST", "outbox/claim", {
      ...{ limit: 500, waitSeconds: 0 },
    });
    if (entries.length > 0)
      await worker("POST", "outbox/acknowledge", { ids: entries.map((entry) => entry.id) });
    return entries.filter((entry) => shop !== undefined && entry.scheduleId === shop.id);
  }
  /** A run that nobody works on ends at once when it is cancelled. */
  async function end(shop: Shop, runId: string): Promise<void> {
    await hub.json("POST", `${shop.runs}/${runId}/cancel`);
    await worker("POST", `runs/${runId}/settle`);
  }

  test("a schedule shows its next five times and is told to the worker", async () => {
    await outbox();
    const shop = await open({ timezone: "Europe/Berlin" });
    expect(shop.schedule).toMatchObject({ paused: false, applied: false, problem: null, suites: ["smoke"] });
    expect(shop.schedule.nextTimes).toHaveLength(5);
    expect(shop.schedule.nextTimes[0]).toMatch(/T01:00:00.000Z$/);
    expect(await outbox(shop)).toMatchObject([
      { kind: "schedule.changed", scheduleId: shop.id, runId: null },
    ]);
    expect(await facts(shop)).toEqual({
      id: shop.id,
      deleted: false,
      applyDue: true,
      due: [],
      waiting: false,
    });
  });

  test("the same PUT again changes nothing, another one is told and audited", async () => {
    const shop = await open();
    await outbox();
    expect((await hub.call("PUT", shop.path, { body: input() })).status).toBe(200);
    expect(await outbox(shop)).toEqual([]);
    // The audit is ordered by time.
    hub.clock.advance(1);
    await hub.json("PUT", shop.path, { body: input({ cron: "0 3 * * *" }) });
    expect(await outbox(shop)).toHaveLength(1);
    const audit = await hub.json<{ items: { action: string }[] }>(
      "GET",
      shop.path.replace(/schedules.*/, "audit"),
    );
    const actions = audit.items
      .map(({ action }) => action)
      .filter((action) => action.startsWith("schedule."));
    expect(actions).toEqual(["schedule.update", "schedule.create"]);
  });

  test("the worker says what Temporal has; what it says of an older generation is no news", async () => {
    const shop = await open();
    await worker("POST", `schedules/${shop.id}/applied`, { generation: 1, problem: null });
    expect(await show(shop)).toMatchObject({ applied: true, problem: null });
    await hub.json("PUT", shop.path, { body: input({ cron: "0 3 * * *" }) });
    await worker("POST", `schedules/${shop.id}/applied`, { generation: 1, problem: null });
    expect(await show(shop)).toMatchObject({ applied: false });
    await worker("POST", `schedules/${shop.id}/applied`, { generation: 2, problem: "unknown time zone" });
    expect(await show(shop)).toMatchObject({ applied: false, problem: "unknown time zone" });
  });

  test.each([
    ["a cron expression that is none", input({ cron: "0 2 * * * *" }), "invalid_request", "/cron"],
    ["a time zone that nobody knows", input({ timezone: "Europe/Berlyn" }), "invalid_request", "/timezone"],
    ["a day that never comes", input({ cron: "0 0 31 2 *" }), "invalid_request", "never comes"],
    [
      "a content that nobody uploaded",
      input({ run: { suites: [imageSuite()], contentSha256: "a".repeat(64) } }),
      "content_missing",
      "upload it first",
    ],
    [
      "variables of no environment",
      input({ run: { suites: [imageSuite("smoke", { env: { URL: "${environment.web.url}" } })] } }),
      "invalid_request",
      "needs an environment",
    ],
    [
      "an environment that is not there",
      input({ run: { suites: [imageSuite()], environment: { id: "e-aaaaaaaaaaaaaaaa" } } }),
      "not_found",
      "e-aaaaaaaaaaaaaaaa",
    ],
  ])("%s is refused at once and nothing is written", async (_what, body, code, said) => {
    const { path } = await createProject(hub, newId("project"));
    const problem = await problemOf(await hub.call("PUT", `${path}/schedules/nightly`, { body }));
    expect(problem).toMatchObject({ code, detail: expect.stringContaining(said) });
    expect((await hub.json<{ items: [] }>("GET", `${path}/schedules`)).items).toEqual([]);
  });

  test("a token for runs looks and triggers, and changes nothing", async () => {
    const shop = await open();
    const token = (await shop.token(["read", "run"])).secret;
    expect((await hub.call("GET", shop.path, { token })).status).toBe(200);
    for (const [method, verb] of [
      ["PUT", ""],
      ["DELETE", ""],
      ["POST", "/pause"],
      ["POST", "/resume"],
    ] as const) {
      const body = verb === "/pause" ? {} : input();
      const answer = await hub.call(method, `${shop.path}${verb}`, { token, body });
      expect((await problemOf(answer)).code).toBe("forbidden");
    }
    const firing = await hub.json<ScheduleFiring>("POST", `${shop.path}/trigger`, { token });
    expect(firing).toMatchObject({ outcome: "started", triggeredBy: { kind: "token" } });
  });

  test("a project does not see the schedules of another", async () => {
    const shop = await open();
    const other = await createProject(hub, newId("project"));
    expect((await hub.call("GET", `${other.path}/schedules/nightly`)).status).toBe(404);
    expect((await hub.call("GET", shop.path, { token: other.runToken })).status).toBe(404);
  });

  test("its time starts one run, by the schedule, however often it is fired", async () => {
    const shop = await open();
    const time = await reachNext(shop);
    const answers = await Promise.all([fire(shop, time), fire(shop, time), fire(shop, time)]);
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    const [run, ...others] = await runsOf(shop);
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      id: answers[0]?.runId,
      createdBy: { id: shop.id, name: "schedule nightly" },
    });
    const { firings } = await show(shop);
    expect(firings).toMatchObject([{ scheduledFor: time, outcome: "started", runId: run?.id, reason: null }]);
  });

  test("skip: while the run of an earlier time goes on, a time is skipped and says so", async () => {
    const shop = await open({ overlap: "skip" });
    const { runId } = await fire(shop, await reachNext(shop));
    expect(await fire(shop, await reachNext(shop))).toEqual({ outcome: "skipped", runId: null });
    expect((await show(shop)).firings[0]?.reason).toBe(`run ${runId} of an earlier time is not over`);
    await end(shop, String(runId));
    expect(await fire(shop, await reachNext(shop))).toMatchObject({ outcome: "started" });
  });

  test("allow: both run", async () => {
    const shop = await open({ overlap: "allow" });
    await fire(shop, await reachNext(shop));
    await fire(shop, await reachNext(shop));
    expect(await runsOf(shop)).toHaveLength(2);
  });

  test("cancel: the earlier run is asked to end and the new one starts", async () => {
    const shop = await open({ overlap: "cancel" });
    const { runId } = await fire(shop, await reachNext(shop));
    expect(await fire(shop, await reachNext(shop))).toMatchObject({ outcome: "started" });
    await worker("POST", `runs/${runId}/settle`);
    expect(await hub.json<Run>("GET", `${shop.runs}/${runId}`)).toMatchObject({ state: "cancelled" });
  });

  test("queue: one waits for the end of the earlier run, of which the worker is told; a third is skipped", async () => {
    const shop = await open({ overlap: "queue" });
    const { runId } = await fire(shop, await reachNext(shop));
    const second = await reachNext(shop);
    await outbox();
    expect(await fire(shop, second)).toEqual({ outcome: "queued", runId: null });
    expect((await outbox(shop)).map(({ kind }) => kind)).toEqual(["schedule.changed"]);
    expect(await facts(shop)).toMatchObject({ due: [], waiting: true });
    // Asked again while it waits: the same answer.
    expect(await fire(shop, second)).toEqual({ outcome: "queued", runId: null });
    expect(await fire(shop, await reachNext(shop))).toEqual({ outcome: "skipped", runId: null });
    await end(shop, String(runId));
    const about = { kind: "schedule.run_over", scheduleId: shop.id };
    expect(await outbox(shop)).toContainEqual(expect.objectContaining(about));
    expect(await facts(shop)).toMatchObject({ due: [second], waiting: false });
    expect(await fire(shop, second)).toMatchObject({ outcome: "started" });
    expect(await facts(shop)).toMatchObject({ due: [], waiting: false });
  });

  test("a time later than the catch-up is missed, and no run comes of it", async () => {
    const shop = await open({ catchUpSeconds: 600 });
    const time = await reachNext(shop, 601);
    expect(await fire(shop, time)).toEqual({ outcome: "missed", runId: null });
    expect(await runsOf(shop)).toEqual([]);
    expect((await show(shop)).firings[0]?.reason).toContain("601 s late");
  });

  test("times that nobody fired are told to the worker while they may be made up for, then written down as missed", async () => {
    const shop = await open({ cron: "0 * * * *", catchUpSeconds: 3_600 });
    const first = await reachNext(shop, 61);
    await outbox();
    await worker("POST", "tick");
    expect((await outbox(shop)).map(({ kind }) => kind)).toEqual(["schedule.changed"]);
    expect(await facts(shop)).toMatchObject({ due: [first] });
    hub.clock.advance(2 * 3_600);
    await worker("POST", "tick");
    const { firings } = await show(shop);
    expect(firings.map(({ outcome }) => outcome)).toEqual(["missed", "missed"]);
    expect((await facts(shop)).due).toHaveLength(1);
  });

  test("a long outage of a schedule of every minute is written down over several ticks", async () => {
    const shop = await open({ cron: "* * * * *", catchUpSeconds: 10 });
    hub.clock.advance(500 * 60);
    for (let ticks = 0; ticks < 5; ticks += 1) {
      await worker("POST", "tick");
      hub.clock.advance(2);
    }
    expect(await facts(shop)).toMatchObject({ due: [] });
    expect((await show(shop)).firings).toHaveLength(10);
  });

  test("what was fired in time is neither due nor missed later", async () => {
    const shop = await open({ cron: "0 * * * *" });
    await fire(shop, await reachNext(shop));
    hub.clock.advance(3_000);
    await worker("POST", "tick");
    expect(await facts(shop)).toMatchObject({ due: [] });
    expect((await show(shop)).firings).toHaveLength(1);
  });

  test("the worker is asked now and then whether Temporal still has it", async () => {
    const shop = await open();
    await worker("POST", "tick");
    await outbox();
    hub.clock.advance(601);
    await worker("POST", "tick");
    expect(await outbox(shop)).toHaveLength(1);
    hub.clock.advance(10);
    await worker("POST", "tick");
    expect(await outbox(shop)).toEqual([]);
  });

  test("a paused schedule shows no times, starts nothing and misses nothing", async () => {
    const shop = await open({ cron: "0 * * * *" });
    const [time = ""] = shop.schedule.nextTimes;
    const paused = await hub.json<Schedule>("POST", `${shop.path}/pause`, { body: { reason: "holidays" } });
    expect(paused).toMatchObject({ paused: true, pauseReason: "holidays", nextTimes: [] });
    hub.clock.advance(3_700);
    expect(await fire(shop, time)).toEqual({ outcome: "skipped", runId: null });
    hub.clock.advance(5 * 3_600);
    await hub.json("POST", `${shop.path}/resume`);
    await worker("POST", "tick");
    expect((await show(shop)).firings).toHaveLength(1);
    expect(await facts(shop)).toMatchObject({ due: [] });
  });

  test("a time inside a pause starts nothing either when it is fired only after the pause", async () => {
    const shop = await open({ cron: "0 * * * *" });
    const [inside = "", after = ""] = shop.schedule.nextTimes;
    await hub.json("POST", `${shop.path}/pause`, { body: {} });
    hub.clock.advance(3_700);
    await hub.json("POST", `${shop.path}/resume`);
    hub.clock.advance(600);
    expect(await fire(shop, inside)).toEqual({ outcome: "skipped", runId: null });
    expect(await runsOf(shop)).toEqual([]);
    await reachNext(shop);
    expect(await fire(shop, after)).toMatchObject({ outcome: "started" });
  });

  test("an old time of a changed schedule starts nothing", async () => {
    const shop = await open({ cron: "0 * * * *" });
    const time = await reachNext(shop);
    await hub.json("PUT", shop.path, { body: input({ cron: "30 * * * *" }) });
    expect(await fire(shop, time)).toMatchObject({ outcome: "skipped" });
  });

  test("what the run needs and is gone makes the time refused, with the reason", async () => {
    const shop = await open();
    const [row] = await hub.deps.database.select().from(schedules).where(eq(schedules.id, shop.id));
    if (!row) throw new Error("the schedule is not there");
    const run = { ...row.run, contentSha256: "b".repeat(64) };
    await hub.deps.database.update(schedules).set({ run }).where(eq(schedules.id, shop.id));
    expect(await fire(shop, await reachNext(shop))).toEqual({ outcome: "refused", runId: null });
    expect((await show(shop)).firings[0]?.reason).toContain("is not there");
  });

  test("deleting leaves its runs alone; its name is free again", async () => {
    const shop = await open({ overlap: "queue" });
    const { runId } = await fire(shop, await reachNext(shop));
    await fire(shop, await reachNext(shop));
    await hub.json("DELETE", shop.path);
    expect((await hub.call("GET", shop.path)).status).toBe(404);
    expect(await facts(shop)).toMatchObject({ deleted: true, applyDue: true, due: [], waiting: false });
    expect(await hub.json<Run>("GET", `${shop.runs}/${runId}`)).toMatchObject({ state: "queued" });
    const again = await hub.json<Schedule>("PUT", shop.path, { body: input() });
    expect(again.id).not.toBe(shop.id);
  });

  test("triggering starts a run now, also while it is paused, and is audited", async () => {
    const shop = await open();
    await hub.json("POST", `${shop.path}/pause`, { body: {} });
    const firing = await hub.json<ScheduleFiring>("POST", `${shop.path}/trigger`);
    expect(firing.outcome).toBe("started");
    hub.clock.advance(1);
    const second = await hub.json<ScheduleFiring>("POST", `${shop.path}/trigger`);
    expect(second).toMatchObject({ outcome: "skipped", reason: expect.stringContaining("not over") });
    const audit = await hub.json<{ items: { action: string }[] }>(
      "GET",
      shop.path.replace(/schedules.*/, "audit"),
    );
    expect(audit.items.map(({ action }) => action)).toContain("schedule.trigger");
  });
});
