import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { type CliPlace, createCliPlace, listenOn } from "../../support/run-cli.ts";
import type { TestAgent } from "../../support/test-agent.ts";
import { adminToken, createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const configuration = `version: 1
suites:
  web:
    image: busybox:1
    command: [run-tests, "\${shard.index}"]
    shards: 2
    reports: {junit: report.xml}
    artifacts: [shots/*.png]
`;
const report = (name: string, failure = "") =>
  `<testsuite name="greeting"><testcase classname="greeting" name="${name}" file="web.test.ts" line="18">${failure}</testcase></testsuite>`;
const red = '<failure message="expected &quot;hello&quot;, got &quot;hi&quot;">trace</failure>';

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

describe("the command line against a real hub", () => {
  let world: LeaseWorld;
  let agent: TestAgent;
  let place: CliPlace;
  let hubUrl: string;
  let project: string;
  let projects = 0;
  /** Nothing answers at these paths. */
  let awayFor = /^$/;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const hub = await createTestHub(database);
    const listening = await listenOn(hub.app, (path) => awayFor.test(path));
    hubUrl = listening.url;
    closers.push(listening.close, hub.close);
    world = createLeaseWorld(hub);
    agent = await world.agent("east", { labels: { region: "west" } });
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });
  beforeEach(async () => {
    projects += 1;
    project = await world.project(`shop-${projects}`);
    const environment = { SEATRIAL_HUB: hubUrl, SEATRIAL_TOKEN: adminToken, SEATRIAL_PROJECT: project };
    place = await createCliPlace(environment);
    await writeFile(join(place.folder, "seatrial.yaml"), configuration);
  });
  afterEach(() => place.close());

  const started = async () => JSON.parse((await place.run(["run", "-o", "json"])).out) as Run;

  /** What an agent and its helper do with everything that waits: the second shard has a red case. */
  async function runTests(options: { green?: boolean; text?: string } = {}): Promise<void> {
    await world.work();
    const { leases } = await agent.claim();
    for (const grant of leases.filter(({ work }) => work.project === project)) {
      const isRed = !options.green && grant.work.shardIndex === 1;
      await agent.progress(grant.leaseId, "running");
      await agent.log(grant.leaseId, 0, options.text ?? `shard ${grant.work.shardIndex} runs\n`);
      await world.upload(grant, "junit", "report.xml", report(isRed ? "bye" : "hello", isRed ? red : ""));
      await world.upload(grant, "artifact", "shots/a.png", "png");
      await agent.finish(grant.leaseId, {
        exitCode: isRed ? 1 : 0,
      });
    }
    await world.work();
  }

  test("run --watch shows the way to a red verdict with its cause and the next step, and exits 1", async () => {
    const cli = place.start(["run", "--watch"]);
    await cli.until(/run r-/);
    await runTests();
    const { code, out, err } = await cli.done;
    expect(err).toBe("");
    expect(out).toContain("✗ web");
    expect(out).toContain("FAILED  1 passed, 1 failed");
    expect(out).toMatch(/web › .*bye: expected "hello", got "hi" {3}web\.test\.ts:18/);
    expect(out).toMatch(/seatrial runs rerun r-[a-z2-7]{6} --failed/);
    expect(out).toContain("east 2");
    expect(code).toBe(1);
  });

  test("run --watch comes to its verdict although the hub is away when the run ends", async () => {
    const cli = place.start(["run", "--watch"]);
    await cli.until(/run r-/);
    // The stream goes on, so the end of the run is told.
    awayFor = /\/runs\/[^/]+(\/shards|\/results)?$/;
    try {
      await runTests();
      await cli.until(/lost, trying again/);
    } finally {
      awayFor = /^$/;
    }
    const { code, out, err } = await cli.done;
    expect(err).toContain("the hub answers again");
    expect(out).toContain("FAILED  1 passed, 1 failed");
    expect(code).toBe(1);
  });

  test("a green run exits 0, and its JSON is the run and nothing else", async () => {
    const cli = place.start(["run", "web", "--watch", "-o", "json"]);
    const runs = () => world.hub.json<{ items: unknown[] }>("GET", `/v1/projects/${project}/runs`);
    await expect.poll(async () => (await runs()).items.length, { timeout: 60_000 }).toBe(1);
    await runTests({ green: true });
    const { code, out } = await cli.done;
    expect(JSON.parse(out)).toMatchObject({ state: "passed", counts: { passed: 2, failed: 0 } });
    expect(code).toBe(0);
  });

  test("the same files are sent once", async () => {
    expect((await place.run(["run"])).out).toMatch(/✓ \d+ files?, \d+ KiB sent/);
    expect((await place.run(["run"])).out).toContain("the hub has them already");
  });

  test("Ctrl-C leaves the run going and says how to cancel it; cancelled exits 2", async () => {
    const watching = place.start(["run", "--watch"]);
    await watching.until(/waiting|queued/);
    watching.kill("SIGINT");
    const { code, err } = await watching.done;
    expect(code).toBe(3);
    const [, id = ""] = /seatrial runs cancel (r-[a-z2-7]{6})/.exec(err) ?? [];
    const again = place.start(["runs", "show", id, "--watch"]);
    expect((await place.run(["runs", "cancel", id.slice(0, 5)])).out).toContain(id);
    await world.work();
    expect((await again.done).code).toBe(2);
  });

  test("results, logs and artifacts of a run are one command away, by the start of its id", async () => {
    const { id } = await started();
    await runTests();
    const short = id.slice(0, 7);
    expect((await place.run(["results", short, "--outcome", "failed"])).out.trim().split("\n")).toHaveLength(
      1,
    );
    const logs = await place.run(["logs", short, "-f"]);
    expect(logs.out.trim().split("\n").sort()).toEqual(["web 1 │ shard 0 runs", "web 2 │ shard 1 runs"]);
    expect((await place.run(["logs", short, "--shard", "2"])).out).toBe("web 2 │ shard 1 runs\n");
    const listed = JSON.parse((await place.run(["artifacts", "list", short, "-o", "json"])).out);
    const kept = listed.items.filter((one: { kind: string }) => one.kind === "artifact");
    expect(kept).toHaveLength(2);
    expect((await place.run(["artifacts", "get", "last", kept[0].id])).code).toBe(0);
    expect(await readFile(join(place.folder, "a.png"), "utf8")).toBe("png");
  });

  test("control sequences of tests never reach the terminal", async () => {
    const { id } = await started();
    await runTests({ text: "a\u001B[2J\u001B]0;owned\u0007b\n" });
    expect((await place.run(["logs", id, "--shard", "1"])).out).toBe("web 1 │ ab\n");
  });

  test("a rerun of what failed is a run of its own", async () => {
    const { id } = await started();
    await runTests();
    const { out, code } = await place.run(["runs", "rerun", id, "--failed", "-o", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ rerunOf: id, state: "queued" });
    const listed = (await place.run(["runs", "list"])).out.trim().split("\n");
    expect(listed).toHaveLength(3);
  });

  test("a suite that no cluster can take is said when its run starts", async () => {
    const far = configuration.replace("shards: 2", "clusters: {labels: {region: moon}}");
    await writeFile(join(place.folder, "seatrial.yaml"), far);
    const { code, err } = await place.run(["run"]);
    expect(code).toBe(0);
    expect(err).toMatch(/web waits: no cluster fits: east has not region=moon\n/);
  });

  test("a file with mistakes starts nothing: every mistake with its place, exit 64", async () => {
    await writeFile(join(place.folder, "seatrial.yaml"), configuration.replace("shards: 2", "shard: two"));
    const { code, err, out } = await place.run(["run"]);
    expect(code).toBe(64);
    expect(out).toBe("");
    expect(err).toContain(
      "seatrial.yaml:6:5: suites.web.shard: unknown key 'shard' (did you mean 'shards'?)",
    );
    expect(JSON.parse((await place.run(["runs", "list", "-o", "json"])).out).items).toEqual([]);
  });

  test("an unknown suite is answered with the nearest one", async () => {
    const { code, err } = await place.run(["run", "wep"]);
    expect([code, err]).toEqual([64, '✗ there is no suite "wep"\n  did you mean web?\n']);
  });

  test("login checks hub and token, keeps them from others, and is then enough", async () => {
    const bare = await createCliPlace();
    onTestFinished(bare.close);
    const denied = await bare.run(["login", hubUrl, "--token", "st_wrong"]);
    expect(denied.code).toBe(4);
    expect((await bare.run(["runs", "list"])).code).toBe(4);
    expect((await bare.run(["login", hubUrl, "--token", adminToken, "--project", project])).code).toBe(0);
    const mode = (await stat(join(bare.folder, "config/seatrial/config.json"))).mode & 0o777;
    expect(mode.toString(8)).toBe("600");
    expect((await bare.run(["runs", "list"])).code).toBe(0);
  });

  test("a stored token is never sent to another hub", async () => {
    await place.run(["login", hubUrl, "--token", adminToken], { SEATRIAL_TOKEN: "" });
    const elsewhere = { SEATRIAL_HUB: "http://127.0.0.1:9", SEATRIAL_TOKEN: "" };
    const { code, err } = await place.run(["runs", "list"], elsewhere);
    expect(code).toBe(4);
    expect(err).toContain("no token is known for http://127.0.0.1:9");
  });

  test("a token made for CI may run, and sees no other project", async () => {
    const other = await world.project(`other-${projects}`);
    const made = await place.run(["token", "create", "ci", "--scope", "run"]);
    const secret = made.out.trim();
    expect((await place.run(["run"], { SEATRIAL_TOKEN: secret })).code).toBe(0);
    const denied = await place.run(["runs", "list", "--project", other], { SEATRIAL_TOKEN: secret });
    expect(denied.code).toBe(4);
    expect((await place.run(["project", "create", "more"], { SEATRIAL_TOKEN: secret })).code).toBe(4);
  });

  test("cluster join writes values that only the user can read and prints the helm command", async () => {
    const { code, out } = await place.run(["cluster", "join", "west", "--label", "region=west", "tier=test"]);
    expect(code).toBe(0);
    const file = join(place.folder, "seatrial-west.values.yaml");
    expect(out).toMatch(
      /^helm upgrade --install seatrial \S+infra\/charts\/cluster .*--values \S+west\.values\.yaml$/m,
    );
    expect(await readFile(file, "utf8")).toMatch(
      /joinToken: sj_\S+\ncluster:\n {2}name: west\n {2}labels:\n {4}region: west\n {4}tier: test/,
    );
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
    expect((await place.run(["cluster", "list"])).out).toMatch(/west +pending/);
    expect((await place.run(["cluster", "show", "east"])).out).toContain("region=west");
  });

  test("doctor says what is wrong and how to mend it", async () => {
    const sick = await place.run(["doctor", "-o", "json"], { SEATRIAL_TOKEN: "st_wrong" });
    const { healthy, findings } = JSON.parse(sick.out);
    expect(sick.code).toBe(3);
    expect(healthy).toBe(false);
    const token = findings.find((finding: { name: string }) => finding.name === "token");
    expect(token).toMatchObject({ isGood: false, fix: expect.stringContaining("seatrial login") });
    const away = await place.run(["doctor"], { SEATRIAL_HUB: "http://127.0.0.1:9" });
    expect(away.out).toContain("✗ hub  no answer from http://127.0.0.1:9");
    const well = await place.run(["doctor"]);
    expect(well.out).toMatch(/✓ cluster east +ready/);
    expect(well.out).toMatch(new RegExp(`✓ project +${project}`));
  });
});
