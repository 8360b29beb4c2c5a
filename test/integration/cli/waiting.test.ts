import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createCliWorld } from "../../support/cli-world.ts";
import { databases } from "../../support/databases.ts";
import type { LeaseWorld } from "../../support/lease-world.ts";
import type { CliPlace } from "../../support/run-cli.ts";
import type { TestAgent } from "../../support/test-agent.ts";

const suite = (name: string, clusters: string) =>
  `  ${name}: {image: "busybox:1", command: [run-tests], clusters: ${clusters}}\n`;
const [database] = databases;
if (!database) throw new Error("there is no database to test on");

describe("the command line on suites that no cluster takes when their run starts", () => {
  let world: LeaseWorld;
  let place: CliPlace;
  let east: TestAgent;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ world, place, close } = await createCliWorld(database));
    await world.project("other");
  });
  afterAll(() => close());
  beforeEach(() => configure(suite("web", "{tolerate: [gpu]}")));

  const configure = (suites: string) =>
    writeFile(join(place.folder, "seatrial.yaml"), `version: 1\nsuites:\n${suites}`);

  /** What `run` says on stderr, and what the hub says to the same shards once they are planned. */
  async function start(): Promise<{ said: string; explained: string }> {
    const { code, out, err } = await place.run(["run", "-o", "json"]);
    expect(code, err).toBe(0);
    await world.work();
    const { id } = JSON.parse(out) as Run;
    return { said: err, explained: (await place.run(["runs", "explain", id])).out };
  }

  test("names the way to join while there is no cluster", async () => {
    expect((await start()).said).toContain(
      "no cluster takes work of shop, so it waits: seatrial cluster join <name>",
    );
  });

  test("names a cluster whose agent is still to come", async () => {
    await place.run(["cluster", "join", "east", "--label", "region=eu", "--taint", "gpu"]);
    const { said, explained } = await start();
    expect(said).toMatch(/web waits: east has no agent\n.*seatrial cluster join east --install\n/);
    expect(explained).toContain("east  has no agent");
  });

  test("says nothing when a cluster that is ready stands what the suite asks for", async () => {
    east = await world.agent("east");
    await east.claim();
    expect((await start()).said).not.toContain("waits");
  });

  test("names labels, taints and projects that keep a suite away, in the hub's words, and suites alike once", async () => {
    await configure(suite("web", "{}") + suite("api", "{}") + suite("far", "{labels: {region: moon}}"));
    await world.agent("theirs", { projects: ["other"] });
    const { said, explained } = await start();
    const taint = "has the taint gpu, which it does not tolerate";
    expect(said).toMatch(
      new RegExp(`web, api wait: no cluster fits: east ${taint}; theirs is not open to this project\\n`),
    );
    expect(said).toContain(`far waits: no cluster fits: east has not region=moon and ${taint};`);
    expect(said).toMatch(/what each cluster says to it: seatrial runs explain r-/);
    for (const words of [taint, "has not region=moon", "is not open to this project"])
      expect(explained).toContain(words);
  });

  test("sends nobody to join a cluster while the one that fits is cordoned or drained", async () => {
    await place.run(["cluster", "cordon", "east", "--reason", "new kernel"]);
    const cordoned = await start();
    expect(cordoned.said).toMatch(
      /web waits: east is cordoned \(new kernel\)\n.*seatrial cluster uncordon east\n/,
    );
    expect(cordoned.said).not.toContain("cluster join");
    expect(cordoned.explained).toContain("east    is cordoned");
    await place.run(["cluster", "drain", "east", "--no-wait"]);
    const drained = await start();
    expect(drained.said).toMatch(/web waits: east is being drained/);
    expect(drained.explained).toContain("east    is being drained");
    await place.run(["cluster", "uncordon", "east"]);
  });

  test("sends to the agent while the cluster that fits is silent", async () => {
    world.hub.clock.advance(61);
    const { said, explained } = await start();
    expect(said).toMatch(/web waits: east is silent since \S+\n.*kubectl -n seatrial get pods\n/);
    expect(explained).toContain("east    is silent");
    await east.claim();
    expect((await start()).said).not.toContain("waits");
  });
});
