import { operations } from "@seatrial/hub/database/schema/environments.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import type { TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

/** Only a real server runs transactions side by side; PGlite has one connection. */
const postgres = databases.filter(({ name }) => name === "PostgreSQL");
const clusters = 6;
const count = 24;

describe.each(postgres)("provisioners of 6 clusters that claim at once on $name", (database) => {
  let world: EnvironmentWorld;
  let provisioners: TestProvisioner[];
  beforeAll(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    provisioners = [];
    for (let index = 0; index < clusters; index += 1)
      provisioners.push(await world.provisioner(`cluster-${index}`));
    await world.project("shop");
  });
  afterAll(() => world.hub.close());

  it("are never given the same environment, and each environment stays in one cluster", async () => {
    for (let index = 0; index < count; index += 1) await world.start("shop", { name: `e-${index}` });
    const taken: { lease: string; environment: string; cluster: string }[] = [];
    for (let round = 0; taken.length < count && round < 20; round += 1) {
      const answers = await Promise.all(provisioners.map((one) => one.claim({ slotsFree: 3 })));
      for (const [index, { leases }] of answers.entries()) {
        const provisioner = provisioners[index];
        if (provisioner === undefined) continue;
        await provisioner.acknowledge(...leases.map(({ leaseId }) => leaseId), "l-none");
        for (const { leaseId, work } of leases)
          taken.push({ lease: leaseId, environment: work.environmentId, cluster: provisioner.cluster });
      }
    }
    expect(new Set(taken.map(({ environment }) => environment)).size).toBe(count);
    expect(new Set(taken.map(({ lease }) => lease)).size).toBe(count);
    expect(taken).toHaveLength(count);
    for (const { environment, cluster } of taken)
      expect((await world.show("shop", environment)).cluster).toBe(cluster);
    const rows = await world.hub.deps.database.select().from(operations);
    expect(rows.map(({ state }) => state)).toEqual(Array(count).fill("leased"));
  });

  it("end an operation once, however often it is told at once", async () => {
    const { id } = await world.start("shop", { name: "ended" });
    const [east] = provisioners;
    if (east === undefined) throw new Error("there is no provisioner");
    const { leaseId } = await east.take();
    const answers = await Promise.all(Array.from({ length: 6 }, () => east.finish(leaseId)));
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    const ends = (await world.events("shop", id)).filter(
      ({ type, data }) => type === "environment.operation" && data.state === "succeeded",
    );
    expect(ends).toHaveLength(1);
  });
});
