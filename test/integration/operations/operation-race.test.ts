import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import { environments, operations } from "@seatrial/hub/database/schema/environments.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import { cleanProof, type TestProvisioner } from "../../support/test-provisioner.ts";

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

  it("never take more places than a project's quota, and use it up", async () => {
    const [quota, wanted] = [4, 20];
    await world.hub.json("POST", "/v1/projects", { body: { name: "narrow", environmentQuota: quota } });
    const ids: string[] = [];
    for (let index = 0; index < wanted; index += 1)
      ids.push((await world.start("narrow", { name: `n-${index}` })).id);
    const heldNow = async () => {
      const rows = await world.hub.deps.database.select().from(environments);
      const isHeld = (row: (typeof rows)[number]) => row.clusterId !== null && row.state !== "deleted";
      return rows.filter((row) => ids.includes(row.id) && isHeld(row)).length;
    };
    const seen: number[] = [];
    let gone = 0;
    for (let round = 0; gone < wanted && round < 100; round += 1) {
      const answers = await Promise.all(provisioners.map((one) => one.claim({ slotsFree: 3 })));
      seen.push(await heldNow());
      await Promise.all(
        answers.flatMap(({ leases }, index) => leases.map((grant) => carryOut(provisioners[index], grant))),
      );
    }
    expect(gone).toBe(wanted);
    expect(Math.max(...seen)).toBe(quota);

    /** What was made is wished gone at once, so places become free while others race for them. */
    async function carryOut(provisioner: TestProvisioner | undefined, grant: OperationGrant): Promise<void> {
      const { operation, environmentId } = grant.work;
      if (provisioner === undefined) return;
      const proof = operation === "down" ? cleanProof(grant, provisioner.cluster) : null;
      await provisioner.finish(grant.leaseId, { proof });
      if (operation === "down") {
        gone += 1;
        return;
      }
      await world.remove("narrow", environmentId);
      await world.queue(environmentId, "down");
    }
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
