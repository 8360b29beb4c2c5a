import type { OperationFinishInput } from "@seatrial/contracts/agent-protocol/operation.ts";
import { decide } from "@seatrial/workflows/environment/decide.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { createTestHub, workerToken } from "../../support/test-hub.ts";
import type { TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

type Failure = NonNullable<OperationFinishInput["failure"]>;
const broken: Failure = { code: "render_failed", message: "no such value" };
const passing: Failure = { code: "cluster_unreachable", message: "the API server is away" };

describe.each(databases)("tries of an environment's operations on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  let project: string;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    east = await world.provisioner("east");
    project = await world.project("shop");
  });
  afterEach(() => world.hub.close());

  /** What the workflow does next, done, up to where it waits. */
  async function follow(id: string, failure: Failure | null): Promise<ReturnType<typeof decide>> {
    for (;;) {
      const decision = decide(await world.facts(id));
      if (decision.do === "start") {
        await world.queue(id, decision.kind);
        await east.finish((await east.take()).leaseId, failure ? { failure, proved: false } : {});
      } else if (decision.do === "give-up") {
        const path = `/worker/v1/environments/${id}/give-up`;
        await world.hub.json("POST", path, { token: workerToken, body: { number: decision.number } });
      } else return decision;
    }
  }
  const pushCommit = async (id: string, name: string) => {
    const { contentSha256 } = await world.show(project, id);
    const template = { components: [{ name, kind: "manifests", path: "app.yaml" }] };
    await world.wish(project, id, "update", { template, contentSha256 });
  };

  it("are a new commit's own, however many commits before it failed", async () => {
    const { id } = await world.request(project);
    await follow(id, null);
    for (const name of ["one", "two", "three", "four"]) {
      await pushCommit(id, name);
      await follow(id, broken);
      expect(await world.show(project, id)).toMatchObject({ state: "failed" });
    }
    await pushCommit(id, "five");
    expect(await follow(id, passing)).toMatchObject({ do: "wait", seconds: 5 });
    expect((await world.facts(id)).operation).toMatchObject({ number: 6, failuresInRow: 1 });
    world.hub.clock.advance(5);
    await follow(id, null);
    expect(await world.show(project, id)).toMatchObject({ state: "ready" });
    expect((await world.facts(id)).operation).toMatchObject({ number: 7, failuresInRow: 0 });
  });

  it("are counted over all its operations of one commit", async () => {
    const { id } = await world.request(project);
    for (const failures of [1, 2]) {
      expect(await follow(id, passing)).toMatchObject({ do: "wait" });
      expect((await world.facts(id)).operation).toMatchObject({ kind: "up", failuresInRow: failures });
      world.hub.clock.advance(60);
    }
  });
});
