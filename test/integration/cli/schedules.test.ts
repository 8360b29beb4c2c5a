import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject } from "../../support/hub-fixtures.ts";
import { type CliPlace, createCliPlace, listenOn } from "../../support/run-cli.ts";
import { adminToken, createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

let hub: TestHub;
let server: Awaited<ReturnType<typeof listenOn>>;
let place: CliPlace;

beforeAll(async () => {
  hub = await createTestHub(database);
  await createProject(hub, "shop");
  server = await listenOn(hub.app);
  place = await createCliPlace({
    SEATRIAL_HUB: server.url,
    SEATRIAL_TOKEN: adminToken,
    SEATRIAL_PROJECT: "shop",
  });
  await mkdir(join(place.folder, "tests"));
  await writeFile(join(place.folder, "tests/test_a.py"), "def test_a(): pass\n");
});
afterAll(async () => {
  await place?.close();
  await server?.close();
  await hub?.close();
});

const write = (runs: string) =>
  writeFile(
    join(place.folder, "seatrial.yaml"),
    `version: 1\nsuites:\n  api: {tool: pytest, path: tests}\n${runs}`,
  );
const nightly = '  nightly: {when: {schedule: "0 2 * * *", timezone: Europe/Berlin}, priority: -10}\n';
const weekly = '  weekly: {when: {schedule: "0 6 * * sun"}, suites: [api], overlap: queue}\n';
async function say(...words: string[]): Promise<string> {
  const { code, out, err } = await place.run(words);
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  return out;
}
const read = (name: string) => hub.json<Schedule>("GET", `/v1/projects/shop/schedules/${name}`);

test("apply makes what the file says, leaves what is so, changes what is not, and prunes when asked", async () => {
  await write(`runs:\n${nightly}${weekly}`);
  const made = await say("schedules", "apply");
  expect(made).toMatch(/✓ nightly made {2}next \w{3} 2030-01-\d\d 02:00 Europe\/Berlin\n✓ weekly made/);
  expect(await read("weekly")).toMatchObject({ overlap: "queue", suites: ["api"] });
  expect(await say("schedules", "apply")).toMatch(/✓ nightly unchanged .*\n✓ weekly unchanged/);
  await write(`runs:\n${nightly.replace("0 2", "0 3")}`);
  hub.clock.advance(1);
  expect(await say("schedules", "apply", "--prune")).toMatch(
    /✓ nightly changed .* 03:00 .*\n✓ weekly deleted/,
  );
  const { items } = await hub.json<{ items: Schedule[] }>("GET", "/v1/projects/shop/schedules");
  expect(items.map(({ name }) => name)).toEqual(["nightly"]);
});

test("validate shows the next five times of each schedule", async () => {
  await write(`runs:\n${weekly}`);
  const out = await say("validate");
  expect(out.match(/Sun \d{4}-\d\d-\d\d 06:00 UTC/g)).toHaveLength(5);
});

test("apply leaves runs of pull requests to pull requests, and tells the hub what is optional", async () => {
  const load = "  load: {image: grafana/k6, command: k6 run load.js}\n";
  const each = "  each: {when: {pull_request: true}}\n";
  await write(`${load}runs:\n${nightly}${each}`);
  expect(await say("schedules", "apply", "--prune")).not.toContain("each");
  await write(`${load}runs:\n${nightly.replace("priority", "optional: [load], priority")}${each}`);
  hub.clock.advance(1);
  expect(await say("schedules", "apply")).toContain("nightly changed");
  expect(await say("schedules", "apply")).toContain("nightly unchanged");
});

test("validate says which pull requests start a run, and what cannot make it red", async () => {
  await write(`  load: {image: grafana/k6, command: k6 run load.js}
runs:
  each: {when: {pull_request: true}}
  some:
    when: {pull_request: {branches: [main, release/*], paths: [deploy/**], labels: [preview], drafts: true}}
    optional: [load]
`);
  const out = await say("validate");
  expect(out).toContain("  each: on pull requests\n");
  expect(out).toContain(
    "  some: on pull requests to main or release/* that change deploy/** with label preview, drafts too; cannot make it red: load\n",
  );
});

test("list, show, pause, resume, trigger and delete say what is and what was done", async () => {
  await write(`runs:\n${nightly}`);
  await say("schedules", "apply");
  expect(await say("schedules", "list")).toMatch(/nightly +soon on +0 2 \* \* \*/);
  expect(await say("schedules", "trigger", "nightly")).toMatch(/✓ started {2}r-/);
  const shown = await say("schedules", "show", "nightly");
  expect(shown.match(/02:00 Europe\/Berlin/g)).toHaveLength(5);
  expect(shown).toMatch(/✓ started {2}r-.*by hand/);
  expect(await say("schedules", "pause", "nightly", "--reason", "holidays")).toContain("nightly paused");
  expect(await say("schedules", "show", "nightly")).toContain("holidays");
  expect(await say("schedules", "resume", "nightly")).toContain("nightly resumed  next ");
  expect(await say("schedules", "delete", "nightly")).toContain("nightly deleted");
  expect((await place.run(["schedules", "show", "nightly"])).code).not.toBe(0);
});

test("a named run starts by hand, and a wrong name is told with the nearest", async () => {
  await write(`runs:\n${nightly}`);
  expect(await say("run", "--run", "nightly")).toMatch(/✓ run r-\S+ {2}api/);
  const { code, err } = await place.run(["run", "--run", "nightlyy"]);
  expect([code, err]).toEqual([64, expect.stringContaining("did you mean nightly?")]);
  expect((await place.run(["run", "api", "--run", "nightly"])).code).toBe(64);
});

test("apply without any scheduled run in the file says what to write", async () => {
  await write("runs:\n  pull-request: {when: {pull_request: true}}\n");
  const { code, err } = await place.run(["schedules", "apply"]);
  expect([code, err]).toEqual([64, expect.stringContaining("has no run with a schedule")]);
});
