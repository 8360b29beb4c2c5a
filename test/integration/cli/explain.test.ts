import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlacementPage } from "@seatrial/contracts/placement/placement.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCliWorld } from "../../support/cli-world.ts";
import { databases } from "../../support/databases.ts";
import { driveWorkflows } from "../../support/drive-workflows.ts";
import { createEnvironmentWorld } from "../../support/environment-world.ts";
import { commandSuite, type LeaseWorld } from "../../support/lease-world.ts";
import type { CliPlace } from "../../support/run-cli.ts";
import type { TestAgent } from "../../support/test-agent.ts";

const configuration = `version: 1
suites:
  web:
    image: busybox:1
    command: [run-tests]
    shards: 3
    clusters: {tolerate: [gpu, team=payments], spread: {label: region, max: 1}}
`;
const [database] = databases;
if (!database) throw new Error("there is no database to test on");

describe("the command line on placement", () => {
  let world: LeaseWorld;
  let place: CliPlace;
  let east: TestAgent;
  let west: TestAgent;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ world, place, close } = await createCliWorld(database));
    east = await world.agent("east");
    west = await world.agent("west");
    await writeFile(join(place.folder, "seatrial.yaml"), configuration);
  });
  afterAll(() => close());

  async function cli(...words: string[]): Promise<string> {
    const { code, out, err } = await place.run(words);
    expect(code, err).toBe(0);
    return out;
  }

  test("labels and taints a cluster, and shows them", async () => {
    expect(await cli("cluster", "label", "east", "region=eu", "disk=ssd")).toContain("disk=ssd region=eu");
    expect(await cli("cluster", "label", "east", "disk-")).toContain("east: region=eu\n");
    await cli("cluster", "label", "west", "region=us");
    expect(await cli("cluster", "taint", "east", "gpu", "team=payments")).toContain("gpu team=payments");
    expect(await cli("cluster", "show", "east")).toMatch(/taints +gpu team=payments/);
    expect(await cli("cluster", "list")).toContain("gpu team=payments");
    expect(await cli("cluster", "taint", "east", "team-")).toContain("east: gpu\n");
    const { code, err } = await place.run(["cluster", "label", "east", "region"]);
    expect([code, err]).toEqual([64, expect.stringContaining("write key=value, as in region=west")]);
  });

  test("changes a project's quotas, one or both, and shows them", async () => {
    expect(await cli("project", "quota", "shop", "40")).toContain(
      "shop: 40 shards and 50 environments at once",
    );
    expect(await cli("project", "quota", "shop", "--environments", "1")).toContain(
      "shop: 40 shards and 1 environment at once",
    );
    expect(await cli("project", "list")).toMatch(/NAME +SHARDS +ENVIRONMENTS +CREATED\n.*shop +40 +1 /);
    const { code, err } = await place.run(["project", "quota", "shop"]);
    expect([code, err]).toEqual([64, expect.stringContaining("--environments <count>")]);
  });

  test("explains where each shard is and what the others wait for", async () => {
    const run = JSON.parse(await cli("run", "--priority", "7", "-o", "json")) as Run;
    expect(run.priority).toBe(7);
    await world.work();
    expect((await east.claim({ slots: 1, slotsFree: 1 })).leases).toHaveLength(1);
    const text = await cli("runs", "explain", run.id);
    expect(text).toMatch(
      /web \d {2}east {2}the suite tolerates gpu; region eu had not its share of the suite; priority 7; asked first with room for it: it had a free slot/,
    );
    expect(text).toMatch(/web \d {2}waits .*1 in front/);
    expect(text).toMatch(
      / {4}east {2}runs 1 of at most 1 at a time; region eu holds the most it may of this suite, 1\n {4}west {2}has an agent that has not asked/,
    );
    expect(await cli("runs", "show", run.id)).toMatch(/ {2}web \d {2}waits .*\n {2}web \d {2}waits /);
    const { items } = JSON.parse(await cli("runs", "explain", run.id, "-o", "json"));
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ suite: "web", kind: "test", index: 0 });
  });

  test("numbers shards as logs do, from 1", async () => {
    const run = JSON.parse(await cli("run", "--priority", "9", "-o", "json")) as Run;
    await world.work();
    const [grant] = (await west.claim({ slots: 1, slotsFree: 1 })).leases;
    if (grant === undefined) throw new Error("nothing was granted");
    await west.acknowledge([grant.leaseId]);
    await west.log(grant.leaseId, 0, "here\n");
    const explained = await cli("runs", "explain", run.id);
    expect(explained.match(/^web \d/gm)).toEqual(["web 1", "web 2", "web 3"]);
    const [, number = ""] = /^web (\d) {2}west/m.exec(explained) ?? [];
    expect(await cli("logs", run.id, "--shard", number)).toBe(`web ${number} │ here\n`);
    const path = `/v1/projects/shop/runs/${run.id}/logs`;
    const text = await world.hub.call("GET", path, { headers: { accept: "text/plain" } });
    expect(await text.text()).toBe(`==> web shard ${number} attempt 1 <==\nhere\n`);
  });

  test("explains what the environment waits for of a run that has no shards yet", async () => {
    const environments = createEnvironmentWorld(world.hub);
    const provisioner = await environments.provisioner("east");
    await provisioner.claim({ slotsFree: 0 });
    const { contentSha256, id } = await environments.request("shop");
    await environments.remove("shop", id);
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const clusters = { tolerate: [{ key: "gpu" }] };
    const environment = { name: "preview", template, contentSha256, clusters };
    const suites = [commandSuite()];
    const body = { suites, environment };
    const run = await world.hub.json<Run>("POST", "/v1/projects/shop/runs", { body });
    await driveWorkflows(world.hub).work();
    expect(await cli("runs", "explain", run.id)).toMatch(
      /^no shards yet: the run waits for its environment\nenvironment preview {2}waits .*east takes it when it asks next\n {4}east {2}takes it when it asks next\n {4}west {2}has no provisioner\n/,
    );
    const said = JSON.parse(await cli("runs", "explain", run.id, "-o", "json")) as PlacementPage;
    expect(said).toMatchObject({ items: [], environment: { name: "preview", waiting: { ahead: 0 } } });
    await provisioner.take();
    expect(await cli("runs", "explain", run.id)).toMatch(/environment preview {2}creating in east\n$/);
    await cli("runs", "cancel", run.id);
    await driveWorkflows(world.hub).work();
    expect(await cli("runs", "explain", run.id)).toMatch(/^no shards: the run is cancelled/);
  });
});
