import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createKubectl, type Kubectl, restrictedNamespace } from "../support/lab-pods.ts";
import { touchInPod } from "../support/lab-processes.ts";
import { canRunLab, type LabStack, openLabStack, untilOver } from "../support/lab-stack.ts";
import { type OldAgent, startOldAgent } from "../support/old-agent.ts";

const name = "not-upgraded";
const namespace = "not-upgraded-work";
const patience = { timeout: 180_000, interval: 250 };

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
    const { client, hub, folder } = stack;
    old = await startOldAgent({ client, hub, name, lab: today, namespace, folder });
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
  async function start(more: Partial<SuiteSpecInput>): Promise<Run> {
    const suite: SuiteSpecInput = {
      name: "api",
      tool: null,
      image: stack.images.busybox,
      command: ["sh", "-c", waiting],
      resources: { cpuMillis: 20, memoryBytes: 32 * 1_048_576 },
      infrastructureRetries: 0,
      ...more,
    };
    const run = await stack.project.createRun({ suites: [suite] });
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
