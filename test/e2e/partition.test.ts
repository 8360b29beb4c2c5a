import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Attempt, Run } from "@seatrial/contracts/runs/run.ts";
import { labCut, labMend } from "@seatrial/lab/lab-component.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changeTemplate, uploadTemplate } from "../faults/change/change-run.ts";
import { findLeaks } from "../faults/find-leaks.ts";
import { workNamespace } from "../faults/join-members.ts";
import { startWorld, type World } from "../faults/world.ts";
import { borrowLease } from "../support/borrow-lease.ts";
import { podsEverMade } from "../support/lab-audit.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { touchInPod } from "../support/lab-processes.ts";
import { allResults, canRunLab } from "../support/lab-stack.ts";

/** Two clusters, leases and networks take their time: looked at until it is so, with much patience. */
const patience = { timeout: 240_000, interval: 500 };
const home = "east";
const away = "west";

/** Waits until the test lets it end, then asks the environment, and reports what came of it. */
const script = `
while [ ! -e /end ]; do sleep 0.2; done
exec python3 -c '
import os, sys, time, urllib.request as web
said = "it did not answer"
for tries in range(5):
    try:
        if web.urlopen(os.environ["SEATRIAL_ENVIRONMENT_WEB_URL"] + "/", timeout=3).status == 200: said = ""
        break
    except OSError as error:
        print(error, flush=True)
        time.sleep(0.5)
red = "<failure message=\\"" + said + "\\"/>" if said else ""
shard = os.environ["SEATRIAL_SHARD_INDEX"]
with open(os.environ["SEATRIAL_WORK"] + "/report.xml", "w") as report:
    report.write("<testsuite name=\\"p\\"><testcase classname=\\"p\\" name=\\"shard-" + shard + "\\">" + red + "</testcase></testsuite>")
sys.exit(1 if said else 0)'`;

/**
 * Hub, worker, agents and provisioners as processes of their own, the latter in the networks of their clusters; leases of
 * 12 s. The tests' commands wait until the test lets them end, so that nothing hangs on how long a cut takes.
 */
describe.runIf(canRunLab)("a run over two clusters", () => {
  let world: World;
  let kubectl: Record<string, Kubectl>;
  let contentSha256: string;
  beforeAll(async () => {
    world = await startWorld({ clusters: 2, agents: { slots: 2 }, say: () => undefined });
    kubectl = { [home]: await createKubectl(home), [away]: await createKubectl(away) };
    contentSha256 = await uploadTemplate(world);
  });
  afterAll(() => world?.close());

  const start = () =>
    world.project.createRun({
      suites: [
        {
          ...{ name: "spread", tool: null, image: world.testImage, shards: 4 },
          command: ["sh", "-c", script],
          reports: { junit: ["*.xml"] },
          resources: { cpuMillis: 20, memoryBytes: 64 * 1_048_576 },
        },
      ],
      environment: {
        ...{ name: "preview", template: changeTemplate(world.image), contentSha256 },
        clusters: { labels: { name: home } },
      },
    });
  const attemptsOf = async (run: Run) =>
    (await world.project.listShards(run.id)).flatMap(({ attempts }) => attempts);
  /** Waits for so many attempts of this number that run. */
  async function untilRunning(run: Run, count: number, number = 1): Promise<Attempt[]> {
    let running: Attempt[] = [];
    await expect
      .poll(async () => {
        running = (await attemptsOf(run)).filter((one) => one.state === "running" && one.number === number);
        return running.length;
      }, patience)
      .toBe(count);
    return running;
  }
  const uidOf = ({ cluster, pod }: Attempt) =>
    kubectl[cluster ?? ""]?.run([
      "-n",
      workNamespace,
      "get",
      "pod",
      pod?.name ?? "",
      "-o",
      "jsonpath={.metadata.uid}",
    ]) ?? "";
  const uidsOf = (attempts: Attempt[]) => Promise.all(attempts.map(uidOf));
  const letEnd = async (uids: string[]) => {
    for (const uid of uids) await touchInPod(uid, "busybox", "/end");
  };
  const untilOver = async (run: Run) => {
    await expect.poll(async () => runIsOver((await world.project.getRun(run.id)).state), patience).toBe(true);
    return world.project.getRun(run.id);
  };
  const podsIn = (cluster: string) =>
    kubectl[cluster]?.run(["-n", workNamespace, "get", "pods", "-o", "name"]).catch(String);
  /** The environment went with the run, with its proof, and nothing of the run is in any cluster. */
  async function expectGone(run: Run): Promise<void> {
    const id = run.environment?.id ?? "";
    await expect.poll(async () => (await world.project.getEnvironment(id)).state, patience).toBe("deleted");
    expect(await world.project.getProof(id)).toMatchObject({ complete: true });
    const { namespace } = await world.project.getEnvironment(id);
    for (const cluster of [home, away]) {
      await expect.poll(() => podsIn(cluster), patience).toBe("");
      expect(await findLeaks(cluster, [namespace])).toEqual([]);
    }
  }
  async function expectOnePodEach(run: Run): Promise<void> {
    const names = (await attemptsOf(run)).map(({ id }) => `st-${id}`);
    const made: string[] = [];
    for (const cluster of [home, away]) made.push(...(await podsEverMade(cluster, workNamespace)));
    expect(made.filter((name) => names.includes(name)).sort()).toEqual(names.sort());
  }

  test("cut off from the cluster without its environment goes on in the other one; what comes late is refused", async () => {
    const run = await start();
    const running = await untilRunning(run, 4);
    const [far, near] = [away, home].map((name) => running.filter(({ cluster }) => cluster === name));
    const farUids = await uidsOf(far ?? []);
    const nearUids = await uidsOf(near ?? []);
    expect([farUids.length, nearUids.length]).toEqual([2, 2]);
    const farKubectl = kubectl[away] as Kubectl;
    const late = await borrowLease(farKubectl, workNamespace, far?.[0]?.pod?.name ?? "");
    await labCut(away, 900);
    try {
      const lost = async () => (await attemptsOf(run)).filter(({ state }) => state === "lost").length;
      await expect.poll(lost, patience).toBe(2);
      // They end while nobody can hear of it, and their results come late.
      await letEnd(farUids);
      await letEnd(nearUids);
      await letEnd(await uidsOf(await untilRunning(run, 2, 2)));
      expect(await untilOver(run)).toMatchObject({ state: "passed", counts: { passed: 4 } });
      expect(await late.uploadReport("<testsuite/>")).toBe(409);
    } finally {
      await labMend(away);
    }
    await expectGone(run);
    const shards = await world.project.listShards(run.id);
    const ends = shards.map(({ attempts }) => attempts.map(({ state, cluster }) => `${state} in ${cluster}`));
    expect(ends.sort()).toEqual([
      ["lost in west", "passed in east"],
      ["lost in west", "passed in east"],
      ["passed in east"],
      ["passed in east"],
    ]);
    const results = await allResults(world.project, run.id);
    expect(results.map((result) => [result.case, result.cluster]).sort()).toHaveLength(4);
    expect(results.every(({ cluster, outcome }) => cluster === home && outcome === "passed")).toBe(true);
    await expectOnePodEach(run);
  });

  test("cut off from its environment is errored with that reason, and takes the environment down on return", async () => {
    const run = await start();
    const running = await untilRunning(run, 4);
    const far = await uidsOf(running.filter(({ cluster }) => cluster === away));
    await labCut(home, 900);
    try {
      await letEnd(far);
      // Those of the silent cluster are lost, move here, and cannot reach it either.
      await letEnd(await uidsOf(await untilRunning(run, 2, 2)));
      expect(await untilOver(run)).toMatchObject({
        state: "errored",
        reason: expect.stringContaining(`environment unreachable: nothing was heard of cluster ${home}`),
      });
      const environment = await world.project.getEnvironment(run.environment?.id ?? "");
      expect(environment).toMatchObject({ wanted: "gone", deletedAt: null });
    } finally {
      await labMend(home);
    }
    await expectGone(run);
    const outcomes = (await allResults(world.project, run.id)).map(({ outcome }) => outcome);
    expect(outcomes).not.toContain("failed");
    expect(outcomes).not.toContain("passed");
    await expectOnePodEach(run);
  });

  test("whose cluster is drained goes on in the other one, and the drained one is empty and may serve again", async () => {
    const run = await start();
    const running = await untilRunning(run, 4);
    const [far, near] = [away, home].map((name) => running.filter(({ cluster }) => cluster === name));
    const nearUids = await uidsOf(near ?? []);
    expect([far?.length, nearUids.length]).toEqual([2, 2]);
    const late = await borrowLease(kubectl[away] as Kubectl, workNamespace, far?.[0]?.pod?.name ?? "");
    const drained = async () => (await world.client.getCluster(away)).drain?.left;
    try {
      await world.client.drainCluster(away, { withinSeconds: 0, reason: "new kernel" });
      await expect.poll(async () => (await drained())?.shards, patience).toBe(0);
      await expect.poll(() => podsIn(away), patience).toBe("");
      expect(await late.uploadReport("<testsuite/>")).toBe(409);
      await letEnd(nearUids);
      const again = await untilRunning(run, 2, 2);
      expect(again.map(({ cluster }) => cluster)).toEqual([home, home]);
      await letEnd(await uidsOf(again));
      expect(await untilOver(run)).toMatchObject({ state: "passed", counts: { passed: 4 } });
      await expect.poll(drained, patience).toMatchObject({ shards: 0, environmentCount: 0 });
      expect(await world.client.getCluster(away)).toMatchObject({ state: "draining" });
    } finally {
      await world.client.uncordonCluster(away);
    }
    await expectGone(run);
    await expectOnePodEach(run);
    const after = await start();
    expect((await untilRunning(after, 4)).filter(({ cluster }) => cluster === away)).toHaveLength(2);
    await world.project.cancelRun(after.id);
    expect((await untilOver(after)).state).toBe("cancelled");
    await expectGone(after);
  });

  test("whose hub is away for longer than a lease starts nothing twice", async () => {
    const run = await start();
    const uids = await uidsOf(await untilRunning(run, 4));
    await world.hub.kill();
    // One of each cluster ends meanwhile. Longer than two leases: no agent hears anything of the hub.
    await letEnd([uids[0] ?? "", uids[3] ?? ""]);
    await new Promise((resolve) => setTimeout(resolve, 26_000));
    world.hub.start();
    await letEnd([uids[1] ?? "", uids[2] ?? ""]);
    expect(await untilOver(run)).toMatchObject({ state: "passed", counts: { passed: 4 } });
    const attempts = await attemptsOf(run);
    expect(attempts.map(({ number, state }) => [number, state])).toEqual(Array(4).fill([1, "passed"]));
    await expectOnePodEach(run);
    await expectGone(run);
  });
});
