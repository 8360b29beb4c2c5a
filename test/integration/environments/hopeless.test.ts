import type { EnvironmentRequestInput } from "@seatrial/contracts/environments/environment.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { driveWorkflows, type Workflows } from "../../support/drive-workflows.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { imageSuite, problemOf } from "../../support/hub-fixtures.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const moon = { clusters: { labels: { region: "moon" } } };
const reason = "no cluster could take it for 15 minutes: no cluster has the labels region=moon";

describe.each(databases)("an environment that no cluster can take, on $name", (database) => {
  let world: EnvironmentWorld;
  let workflows: Workflows;
  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    workflows = driveWorkflows(world.hub);
    await world.project("shop");
  });
  afterEach(() => world.hub.close());

  async function pass(seconds: number, step = 50): Promise<void> {
    for (let left = seconds; left > 0; left -= step) {
      world.hub.clock.advance(Math.min(step, left));
      await world.tick();
    }
    await workflows.work();
  }
  async function make(fields: Partial<EnvironmentRequestInput>): Promise<string> {
    const { id } = await world.request("shop", fields);
    await workflows.work();
    return id;
  }
  const show = (id: string) => world.show("shop", id);
  const label = (cluster: string, labels: Record<string, string>) =>
    world.hub.json("PATCH", `/v1/clusters/${cluster}`, { body: { labels } });

  it("has failed after a quarter of an hour, and its run is errored with the reason", async () => {
    await world.provisioner("east");
    const { contentSha256, id } = await world.request("shop");
    await world.remove("shop", id);
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const environment = { name: "preview", template, contentSha256, ...moon };
    const body = { suites: [imageSuite()], environment };
    const run = await world.hub.json<Run>("POST", "/v1/projects/shop/runs", { body });
    await workflows.work();
    const showRun = () => world.leases.run("shop", run.id);
    await pass(900);
    expect(await showRun()).toMatchObject({ state: "queued" });
    await pass(100);
    expect(await showRun()).toMatchObject({
      state: "errored",
      reason: `environment preview failed: ${reason}`,
    });
    const brought = run.environment?.id ?? "";
    expect((await show(brought)).state).toBe("deleted");
    const states = (await world.events("shop", brought)).filter(({ type }) => type === "environment.state");
    expect(states.map(({ data }) => data.to)).toEqual(["failed", "deleting", "deleted"]);
    expect(states[0]?.data.reason).toBe(reason);
  });

  it("that stands by itself stays failed until it is deleted, and no update is lost on it", async () => {
    await world.provisioner("east");
    const id = await make(moon);
    await pass(1_000);
    const { contentSha256 } = await show(id);
    expect(await show(id)).toMatchObject({ state: "failed", reason, operations: [{ state: "cancelled" }] });
    await label("east", { region: "moon" });
    await pass(100);
    expect((await show(id)).state).toBe("failed");
    const template = { components: [{ name: "web", kind: "manifests", path: "other.yaml" }] };
    const path = `/v1/projects/shop/environments/${id}/update`;
    const refused = await problemOf(
      await world.hub.call("POST", path, { body: { template, contentSha256 } }),
    );
    expect(refused).toMatchObject({ code: "environment_not_ready" });
    expect(refused.detail).toContain("delete it and create another");
    await world.remove("shop", id);
    expect(await show(id)).toMatchObject({ state: "deleted", proofComplete: true });
  });

  it("after it was updated while it waited is not tried again either", async () => {
    await world.provisioner("east");
    const id = await make(moon);
    const { contentSha256 } = await show(id);
    const template = { components: [{ name: "web", kind: "manifests", path: "other.yaml" }] };
    await world.wish("shop", id, "update", { template, contentSha256 });
    await workflows.work();
    await pass(1_000);
    expect((await show(id)).operations.map(({ kind, state }) => [kind, state])).toEqual([
      ["up", "cancelled"],
    ]);
  });

  it("waits on where a cluster that fits is silent, cordoned or without a provisioner", async () => {
    const ids: string[] = [];
    for (const region of ["silent", "cordoned", "bare"])
      ids.push(await make({ name: region, clusters: { labels: { region } } }));
    await world.provisioner("c-silent", { labels: { region: "silent" } });
    await world.provisioner("c-cordoned", { labels: { region: "cordoned" } });
    await world.leases.agent("c-bare", { labels: { region: "bare" } });
    await world.hub.json("POST", "/v1/clusters/c-cordoned/cordon", { body: {} });
    await pass(1_100);
    for (const id of ids) expect((await show(id)).state).toBe("requested");
    expect((await show(ids[2] ?? "")).reason).toMatch(/^waits: c-bare has no provisioner/);
  });

  it("waits on while no cluster has joined at all, be there a join token or not", async () => {
    const id = await make(moon);
    await pass(1_100);
    await world.hub.json("POST", "/v1/join-tokens", { body: { cluster: "east", role: "provisioner" } });
    await pass(1_100);
    expect((await show(id)).state).toBe("requested");
  });

  it("waits anew when the last cluster was revoked and another one joined", async () => {
    await world.provisioner("east");
    const id = await make(moon);
    await pass(500);
    await world.hub.json("POST", "/v1/clusters/east/revoke");
    await pass(1_000);
    await world.provisioner("west");
    await pass(850);
    expect((await show(id)).state).toBe("requested");
    await pass(150);
    expect((await show(id)).state).toBe("failed");
  });

  it("is not ended by time in which the hub was away", async () => {
    await world.provisioner("east");
    const id = await make(moon);
    await pass(100);
    world.hub.clock.advance(3_600);
    await pass(850);
    expect((await show(id)).state).toBe("requested");
    await pass(150);
    expect((await show(id)).state).toBe("failed");
  });

  it("moves those behind many that end together once", async () => {
    await world.provisioner("east");
    await world.hub.json("PATCH", "/v1/projects/shop", { body: { environmentQuota: 1 } });
    await make({ name: "first" });
    for (const number of [1, 2, 3, 4]) {
      world.hub.clock.advance(1);
      await make({ name: `moon-${number}`, ...moon });
    }
    world.hub.clock.advance(1);
    const last = await make({ name: "last" });
    await pass(800);
    const eventsOf = async () =>
      (await world.events("shop", last)).filter(({ type }) => type === "environment.waiting");
    const before = (await eventsOf()).length;
    await pass(200);
    expect((await eventsOf()).slice(before).map(({ data }) => data.position)).toEqual([1]);
  });

  it("waits anew after a cluster could have taken it", async () => {
    await world.provisioner("east");
    const id = await make(moon);
    await pass(800);
    await label("east", { region: "moon" });
    await pass(50);
    await label("east", {});
    await pass(850);
    expect((await show(id)).state).toBe("requested");
    await pass(150);
    expect((await show(id)).state).toBe("failed");
    const marks = (await world.events("shop", id)).filter(({ type }) => type === "environment.waiting");
    expect(marks.map(({ data }) => data.unplaceable)).toEqual([true, false, true]);
  });

  it("ends also while it stands in line for its project's places", async () => {
    const east = await world.provisioner("east");
    await world.hub.json("PATCH", "/v1/projects/shop", { body: { environmentQuota: 1 } });
    await make({ name: "first" });
    await east.finish((await east.take()).leaseId);
    const id = await make({ name: "second", ...moon });
    expect((await show(id)).queuePosition).toBe(1);
    await pass(1_000);
    expect(await show(id)).toMatchObject({ state: "failed", reason, queuePosition: null });
  });
});
