import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createShop, type EnvironmentShop } from "../../support/environment-shop.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("environments whose workflow was lost on $name", (database) => {
  let world: EnvironmentWorld;
  let workflows: Workflows;
  let shop: EnvironmentShop;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    workflows = driveWorkflows(world.hub);
    shop = await createShop(world, workflows);
    await world.tick();
  });
  afterEach(() => world.hub.close());
  const show = (id: string) => world.show(shop.name, id);
  const worker = <Answer>(path: string, body: object) =>
    world.hub.json<Answer>("POST", `/worker/v1/outbox/${path}`, { token: workerToken, body });

  /** Takes what is announced, and does nothing about it: as a workflow that was lost after its signal. */
  async function drop(): Promise<OutboxEntry[]> {
    const claim = { limit: 100, waitSeconds: 0, visibilitySeconds: 30 };
    const { entries } = await worker<{ entries: OutboxEntry[] }>("claim", claim);
    if (entries.length > 0) await worker("acknowledge", { ids: entries.map(({ id }) => id) });
    return entries;
  }
  const pass = async (seconds: number) => {
    world.hub.clock.advance(seconds);
    await world.tick();
  };

  it("are removed all the same when their time is over", async () => {
    const { id } = await shop.ready({ ttlSeconds: 600 });
    await pass(599);
    expect(await drop()).toEqual([]);
    await pass(1);
    await workflows.work();
    expect(await show(id)).toMatchObject({ wanted: "gone" });
    await shop.operate("down");
    expect(await show(id)).toMatchObject({ state: "deleted", proofComplete: true });
  });

  it("are made and removed all the same, although nobody had begun", async () => {
    const { id } = await world.request(shop.name);
    await drop();
    await pass(600);
    await workflows.work();
    await shop.operate("up");
    expect((await show(id)).state).toBe("ready");
    await world.remove(shop.name, id);
    await drop();
    await pass(600);
    await workflows.work();
    await shop.operate("down");
    expect((await show(id)).state).toBe("deleted");
  });

  it("are announced once in ten minutes, however often the hub ticks", async () => {
    const { id } = await world.request(shop.name);
    await drop();
    const told: OutboxEntry[] = [];
    for (let seconds = 0; seconds < 1_200; seconds += 40) {
      await pass(40);
      told.push(...(await drop()));
    }
    expect(told).toMatchObject([
      { kind: "environment.changed", environmentId: id },
      { kind: "environment.changed", environmentId: id },
    ]);
  });

  it("are not announced while they are where they should be, or an operation is open", async () => {
    const { id } = await shop.ready();
    await pass(600);
    expect(await drop()).toEqual([]);
    await world.wish(shop.name, id, "sleep");
    await workflows.work();
    await pass(600);
    expect(await drop()).toEqual([]);
    await shop.operate("sleep");
    const until = new Date(world.hub.clock.now().getTime() + 86_400_000).toISOString();
    await world.wish(shop.name, id, "pin", { until });
    await drop();
    await pass(43_200);
    expect(await drop()).toEqual([]);
  });

  it("are looked at when they are deleted again", async () => {
    const { id } = await shop.ready();
    await world.remove(shop.name, id);
    await drop();
    await world.remove(shop.name, id);
    await workflows.work();
    await shop.operate("down");
    expect((await show(id)).state).toBe("deleted");
    await world.remove(shop.name, id);
    expect(await drop()).toEqual([]);
  });
});
