import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { type CliPlace, createCliPlace, listenOn } from "../../support/run-cli.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { adminToken, createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const configuration = `version: 1
suites:
  api:
    image: busybox:1
    command: run-tests
    clusters: {each: region}
    reports: {junit: report.xml}
  unit: {image: "busybox:1", command: run-tests}
`;
const [database] = databases;
if (!database) throw new Error("there is no database to test on");

let world: LeaseWorld;
let agents: TestAgent[];
let place: CliPlace;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const hub = await createTestHub(database);
  const listening = await listenOn(hub.app);
  closers.push(listening.close, hub.close);
  world = createLeaseWorld(hub);
  await world.project("shop");
  agents = [
    await world.agent("c-east", { labels: { region: "east" } }),
    await world.agent("c-west", { labels: { region: "west" } }),
  ];
  const environment = { SEATRIAL_HUB: listening.url, SEATRIAL_TOKEN: adminToken, SEATRIAL_PROJECT: "shop" };
  place = await createCliPlace(environment);
  closers.unshift(() => place.close());
  await writeFile(join(place.folder, "seatrial.yaml"), configuration);
});
afterAll(async () => {
  for (const close of closers) await close();
});

const junit = (isRed: boolean) =>
  `<testsuite><testcase name="greets"/><testcase name="pays">${
    isRed ? '<failure message="no route to bank"/>' : ""
  }</testcase></testsuite>`;

/** Every agent does what waits for it; `pays` is red in c-west alone. */
async function runTests(isRedInWest: boolean): Promise<void> {
  await world.work();
  for (const agent of agents) {
    const { leases } = await agent.claim();
    if (leases.length > 0) await agent.acknowledge(leases.map(({ leaseId }) => leaseId));
    for (const lease of leases) {
      const isRed = isRedInWest && agent.cluster === "c-west" && lease.work.suite === "api@west";
      await agent.progress(lease.leaseId, "running");
      if (lease.work.suite !== "unit") await world.upload(lease, "junit", "report.xml", junit(isRed));
      await agent.finish(lease.leaseId, { exitCode: isRed ? 1 : 0 });
    }
  }
  await world.work();
  // The next run is the last one: the test's clock moves only by hand.
  world.hub.clock.advance(1);
}

const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());

test("a run says what each place came to, and compare says where they differ", async () => {
  const watching = place.start(["run", "api", "--watch"]);
  await watching.until(/✓ run r-\w+ {2}api \(east, west\)/);
  await runTests(true);
  const { code, out } = await watching.done;
  expect(code).toBe(1);
  expect(out).toMatch(/✓ api@east +2\/2 +c-east 1/);
  expect(out).toMatch(/✗ api@west +1\/2 +c-west 1/);
  expect(out).toContain("api@west › pays: no route to bank");
  expect(out).toContain("  api: 1 of 2 cases differ; west alone is red in 1\n  seatrial runs compare r-");

  const compared = await place.run(["runs", "compare", "last"]);
  expect([compared.code, lines(compared.out)]).toEqual([
    0,
    [
      "≠ api: 1 of 2 cases differ; west alone is red in 1",
      "  CASE  EAST    WEST",
      "  pays  passed  failed",
      "    west: no route to bank",
    ],
  ]);
  expect((await place.run(["runs", "compare", "last", "--all"])).out).toContain("  greets  passed  passed");
  const { suites, items } = JSON.parse((await place.run(["runs", "compare", "last", "-o", "json"])).out);
  expect(suites).toMatchObject([{ suite: "api", equal: 1, different: 1 }]);
  expect(items).toHaveLength(1);
  const ofOnePlace = await place.run(["results", "last", "--suite", "api@west"]);
  expect(lines(ofOnePlace.out)).toHaveLength(2);
  expect(lines((await place.run(["results", "last", "--suite", "api"])).out)).toHaveLength(4);

  const [before] = JSON.parse((await place.run(["runs", "list", "-o", "json"])).out).items;
  await place.run(["run", "api"]);
  await runTests(false);
  const same = lines((await place.run(["runs", "compare", "last"])).out);
  expect(same).toEqual(["= api: all 2 cases are equal in east, west"]);
  const mended = await place.run(["runs", "compare", before.id, "last"]);
  expect(mended.out).toContain("= api@east: all 2 cases are equal in");
  expect(mended.out).toContain(`≠ api@west: 1 of 2 cases differ; ${before.id.slice(0, 8)} alone is red in 1`);
});

test("compare says what to do where there is nothing to compare", async () => {
  await place.run(["run", "unit"]);
  await runTests(false);
  const { code, err } = await place.run(["runs", "compare", "last"]);
  expect(code).toBe(64);
  expect(err).toContain("has no suite with copies in several places");
  expect(err).toContain("write clusters: {each: region} at a suite");
});
