import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { uploadFiles } from "../support/environments-in-lab.ts";
import { createKubectl, type Kubectl, restrictedNamespace } from "../support/lab-pods.ts";
import { touchInPod } from "../support/lab-processes.ts";
import { allResults, canRunLab, type LabStack, openLabStack, untilOver } from "../support/lab-stack.ts";
import { type OldAgent, startOldAgent } from "../support/old-agent.ts";

const name = "not-upgraded";
const namespace = "not-upgraded-work";
const patience = { timeout: 180_000, interval: 250 };
const redAndGreen = { passed: 1, failed: 1, errored: 0, skipped: 0, flaky: 0 };

/** A script that leaves a report and a file, and the same two cases for pytest. */
const files = {
  "run.sh": `mkdir out
echo "kept by an old agent" > out/seen.txt
cat > out/report.xml <<'END'
<testsuite name="shop"><testcase classname="shop" name="adds"/>
<testcase classname="shop" name="pays"><failure message="no route to the bank"/></testcase></testsuite>
END
exit 1
`,
  "tests/test_shop.py": `def test_adds():
    assert 1 + 1 == 2


def test_pays():
    assert False, "no route to the bank"
`,
};

/** One real cluster with two agents: that of today, and the first one, each a cluster of its own to the hub. */
describe.runIf(canRunLab)("the agent of an earlier version at the hub of today", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  let old: OldAgent;
  let today: string;
  beforeAll(async () => {
    const leaseTimes = { leaseSeconds: 30, heartbeatSeconds: 3, acknowledgeSeconds: 10 };
    stack = await openLabStack({ slots: 2, overrides: { leaseTimes } });
    today = stack.clusters[0] ?? "";
    kubectl = await createKubectl(today);
    await kubectl.apply(restrictedNamespace(namespace));
    const { client, hub, folder, images } = stack;
    const { helper: helperImage } = images;
    old = await startOldAgent({ client, hub, name, lab: today, namespace, helperImage, folder });
  });
  afterAll(async () => {
    await old?.stop();
    await stack?.close();
  });

  const open: Run[] = [];
  afterEach(async () => {
    for (const run of open.splice(0)) await stack.project.cancelRun(run.id).catch(() => undefined);
  });
  const waiting = "while [ ! -e /tmp/end ]; do sleep 0.2; done";
  async function start(more: Partial<SuiteSpecInput>, contentSha256: string | null = null): Promise<Run> {
    const suite: SuiteSpecInput = {
      name: "api",
      tool: null,
      image: stack.images.busybox,
      command: ["sh", "-c", waiting],
      resources: { cpuMillis: 20, memoryBytes: 32 * 1_048_576 },
      infrastructureRetries: 0,
      ...more,
    };
    const run = await stack.project.createRun({ suites: [suite], contentSha256 });
    open.push(run);
    return run;
  }
  const onOld = { clusters: { labels: { name } } };
  const attempts = async (run: Run) =>
    (await stack.project.listShards(run.id)).flatMap((shard) => shard.attempts);
  const states = async (run: Run) => (await attempts(run)).map(({ state }) => state);
  const pods = async () =>
    (await kubectl.run(["-n", namespace, "get", "pods", "-o", "name"])).split("\n").filter(Boolean);
  /** Lets the command of a run's newest attempt end. */
  async function letEnd(run: Run): Promise<void> {
    const pod = (await attempts(run)).at(-1)?.pod;
    const where = ["-n", pod?.namespace ?? "", "get", "pod", pod?.name ?? ""];
    const uid = await kubectl.run([...where, "-o", "jsonpath={.metadata.uid}"]);
    await touchInPod(uid, "busybox", "/tmp/end");
  }

  test("runs shards to their verdict", async () => {
    const run = await start({ ...onOld, command: ["sh", "-c", "echo from an old agent"] });
    expect((await untilOver(stack.project, run.id)).state).toBe("passed");
    expect(await stack.client.getCluster(name)).toMatchObject({ state: "ready", protocol: 1, spool: null });
    expect(await stack.client.getCluster(today)).toMatchObject({ state: "ready", protocol: 2 });
  });

  test("runs uploaded content, and brings each result once, with the report and the artifact", async () => {
    const asked = { command: ["sh", "run.sh"], reports: { junit: ["out/*.xml"] }, artifacts: ["out/*.txt"] };
    const run = await start({ ...onOld, ...asked }, await uploadFiles(stack, files));
    expect(await untilOver(stack.project, run.id)).toMatchObject({ state: "failed", counts: redAndGreen });
    expect((await attempts(run)).map(({ cluster, state }) => [cluster, state])).toEqual([[name, "failed"]]);
    const results = await allResults(stack.project, run.id);
    expect(results.map((result) => [result.case, result.outcome, result.message]).toSorted()).toEqual([
      ["shop › adds", "passed", null],
      ["shop › pays", "failed", "no route to the bank"],
    ]);
    const { items } = await stack.project.listArtifacts(run.id);
    const kept = items.map(({ kind, path }) => `${kind} ${path}`).toSorted();
    expect(kept).toEqual(["artifact out/seen.txt", "junit out/report.xml"]);
    const seen = items.find(({ kind }) => kind === "artifact")?.id ?? "";
    const bytes = await stack.project.downloadArtifact(run.id, seen);
    expect(await new Response(bytes).text()).toBe("kept by an old agent\n");
  });

  test("lists the cases of a preset, and runs each of them in one shard", async () => {
    const preset = { tool: "pytest" as const, image: null, command: null, path: "tests", shards: 2 };
    const resources = { cpuMillis: 50, memoryBytes: 128 * 1_048_576 };
    const run = await start({ ...onOld, ...preset, resources }, await uploadFiles(stack, files));
    expect(await untilOver(stack.project, run.id)).toMatchObject({ state: "failed", counts: redAndGreen });
    const results = await allResults(stack.project, run.id);
    const found = results.map(({ case: one, outcome, cluster }) => [one, outcome, cluster]).toSorted();
    expect(found).toEqual([
      [expect.stringContaining("test_adds"), "passed", name],
      [expect.stringContaining("test_pays"), "failed", name],
    ]);
    expect(new Set(results.map(({ shardIndex }) => shardIndex)).size).toBe(2);
  });

  test("stops what is cancelled", async () => {
    const run = await start(onOld);
    await expect.poll(() => states(run), patience).toEqual(["running"]);
    await stack.project.cancelRun(run.id);
    expect((await untilOver(stack.project, run.id)).state).toBe("cancelled");
    await expect.poll(pods, patience).toEqual([]);
  });

  test("goes on after a restart of the hub", async () => {
    const run = await start(onOld);
    await expect.poll(() => states(run), patience).toEqual(["running"]);
    await stack.stopHub();
    await stack.startHub();
    await letEnd(run);
    expect((await untilOver(stack.project, run.id)).state).toBe("passed");
    expect(await attempts(run)).toHaveLength(1);
  });

  test("lets its work go when its cluster is drained, and the agent of today does it", async () => {
    await stack.client.cordonCluster(today);
    const run = await start({});
    await expect.poll(() => states(run), patience).toEqual(["running"]);
    await stack.client.uncordonCluster(today);
    await stack.client.drainCluster(name, { withinSeconds: 0 });
    await expect.poll(() => states(run), patience).toEqual(["lost", "running"]);
    await expect.poll(pods, patience).toEqual([]);
    expect((await stack.client.getCluster(name)).drain?.left.shards).toBe(0);
    await letEnd(run);
    expect((await untilOver(stack.project, run.id)).state).toBe("passed");
  });
});
