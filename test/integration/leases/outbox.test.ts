import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, problemOf } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("the outbox on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  const claim = async (waitSeconds = 0, limit = 10) => {
    const body = { limit, waitSeconds, visibilitySeconds: 30 };
    const path = "/worker/v1/outbox/claim";
    return (await world.hub.json<{ entries: OutboxEntry[] }>("POST", path, { token: workerToken, body }))
      .entries;
  };
  const acknowledge = (entries: OutboxEntry[]) =>
    world.hub.json("POST", "/worker/v1/outbox/acknowledge", {
      token: workerToken,
      body: { ids: entries.map(({ id }) => id) },
    });

  it("gives each entry to one worker at a time, oldest first", async () => {
    const runs = [
      await world.createRun("shop", [commandSuite()]),
      await world.createRun("shop", [commandSuite()]),
    ];
    const [first, second, third] = [await claim(0, 1), await claim(0, 1), await claim(0, 1)];
    expect([...first, ...second].map(({ kind, runId }) => [kind, runId])).toEqual(
      runs.map((id) => ["run.created", id]),
    );
    expect(third).toEqual([]);
  });

  it("gives an entry again when it was not acknowledged in time, and never after that", async () => {
    await world.createRun("shop", [commandSuite()]);
    const first = await claim();
    world.hub.clock.advance(29);
    expect(await claim()).toEqual([]);
    world.hub.clock.advance(2);
    expect(await claim()).toEqual(first);
    await acknowledge(first);
    await acknowledge(first);
    world.hub.clock.advance(100);
    expect(await claim()).toEqual([]);
  });

  it("answers a held claim as soon as a run is made", async () => {
    const held = claim(20);
    const started = performance.now();
    await world.createRun("shop", [commandSuite()]);
    expect(await held).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("opens to the worker's token alone, as do plan, split, settle and tick", async () => {
    const { runToken } = await createProject(world.hub, "other");
    const paths = [
      "outbox/claim",
      "outbox/acknowledge",
      "runs/r-x/plan",
      "runs/r-x/suites/s/split",
      "runs/r-x/settle",
      "tick",
    ];
    for (const path of paths) {
      const answer = await world.hub.call("POST", `/worker/v1/${path}`, { token: runToken, body: {} });
      expect(await problemOf(answer)).toMatchObject({ status: 403, code: "forbidden" });
    }
    const missing = await world.hub.call("POST", "/worker/v1/runs/r-x/plan", { token: workerToken });
    expect(await problemOf(missing)).toMatchObject({ status: 404, code: "not_found" });
  });
});
