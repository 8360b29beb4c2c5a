import type { Attempt, Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { labCut, labMend } from "@seatrial/lab/lab-component.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { borrowLease } from "../support/borrow-lease.ts";
import { podsEverMade } from "../support/lab-audit.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { killInPod, listInPod, touchInPod } from "../support/lab-processes.ts";
import { allResults, canRunLab, type LabStack, openLabStack, untilOver } from "../support/lab-stack.ts";

const work = "seatrial-work";
const report = `<testsuite name="s"><testcase classname="c" name="green"/></testsuite>`;
/** Kubernetes and leases take their time: looked at until it is so, with much patience. */
const patience = { timeout: 120_000, interval: 250 };

/**
 * Whole stack, real cluster, short leases. The tests' commands count aloud until the test lets them end, so that
 * nothing hangs on how long a fault takes.
 */
describe.runIf(canRunLab)("faults between hub, agent and pods", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  let cluster: string;
  beforeAll(async () => {
    const leaseTimes = { leaseSeconds: 12, heartbeatSeconds: 3, acknowledgeSeconds: 5 };
    stack = await openLabStack({ slots: 4, overrides: { leaseTimes } });
    cluster = stack.clusters[0] ?? "";
    kubectl = await createKubectl(cluster);
  });
  afterAll(() => stack?.close());

  const counting = "i=0; while [ ! -e /end ]; do echo line $i; i=$((i+1)); sleep 0.1; done; echo end";
  const suite = (name: string, more: Partial<SuiteSpecInput> = {}): SuiteSpecInput => ({
    name,
    tool: null,
    image: stack.images.busybox,
    command: ["sh", "-c", counting],
    resources: { cpuMillis: 20, memoryBytes: 32 * 1_048_576 },
    ...more,
  });
  const reporting = (name: string) =>
    suite(name, {
      command: ["sh", "-c", `${counting}; echo '${report}' > $SEATRIAL_WORK/report.xml`],
      reports: { junit: ["*.xml"] },
    });
  const open: Run[] = [];
  const start = async (suites: SuiteSpecInput[]) => {
    const run = await stack.project.createRun({ suites });
    open.push(run);
    return run;
  };
  // A test that failed leaves no work behind that would take the next one's slots.
  afterEach(async () => {
    for (const run of open.splice(0)) await stack.project.cancelRun(run.id).catch(() => undefined);
  });

  const attemptsOf = async (run: Run) =>
    (await stack.project.listShards(run.id)).flatMap(({ attempts }) => attempts);
  const lastOf = ({ attempts }: Shard): Attempt | undefined => attempts.at(-1);
  /** Waits until the shards' newest attempts have this number and run, with some output at the hub. */
  async function untilRunning(run: Run, number = 1): Promise<Attempt[]> {
    let running: Attempt[] = [];
    await expect
      .poll(async () => {
        const last = (await stack.project.listShards(run.id)).map(lastOf);
        running = last.filter((attempt) => attempt !== undefined);
        const isSo = (attempt: Attempt | undefined) =>
          attempt?.number === number && attempt.state === "running" && attempt.logBytes > 50;
        return last.length > 0 && last.every(isSo);
      }, patience)
      .toBe(true);
    return running;
  }
  const indexOf = async (run: Run, name: string) =>
    (await stack.project.listShards(run.id)).findIndex(({ suite: of }) => of === name);
  const uidOf = (attempt: Attempt) =>
    kubectl.run(["-n", work, "get", "pod", attempt.pod?.name ?? "", "-o", "jsonpath={.metadata.uid}"]);
  const letEnd = (uids: string[]) => Promise.all(uids.map((uid) => touchInPod(uid, "busybox", "/end")));

  async function logOf(run: Run, attempt: Attempt): Promise<string> {
    let text = "";
    let cursor: string | undefined;
    do {
      const page = await stack.project.listLogs(run.id, { limit: 200, ...(cursor ? { cursor } : {}) });
      for (const chunk of page.items.filter(({ attemptId }) => attemptId === attempt.id)) {
        expect(chunk.gap).toBeNull();
        text += chunk.text;
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return text;
  }
  async function expectWholeLog(run: Run, attempt: Attempt): Promise<void> {
    const lines = (await logOf(run, attempt)).split("\n");
    expect(lines.slice(-2)).toEqual(["end", ""]);
    expect(lines.slice(0, -2)).toEqual(lines.slice(0, -2).map((_, index) => `line ${index}`));
  }
  /** Each attempt of the run has had one pod, and no pod was made twice. */
  async function expectOnePodEach(run: Run): Promise<void> {
    const names = (await attemptsOf(run)).map(({ id }) => `st-${id}`);
    const made = await podsEverMade(cluster, work);
    expect(made.filter((name) => names.includes(name)).sort()).toEqual(names.sort());
  }
  async function expectFirstAttempts(run: Run): Promise<void> {
    expect(await untilOver(stack.project, run.id)).toMatchObject({ state: "passed" });
    const attempts = await attemptsOf(run);
    expect(attempts.map(({ number, state }) => [number, state])).toEqual(attempts.map(() => [1, "passed"]));
    for (const attempt of attempts) await expectWholeLog(run, attempt);
    await expectOnePodEach(run);
  }
  const agentPod = ["-n", "seatrial", "get", "pod", "-l", "app.kubernetes.io/name=seatrial-agent"];
  const agentStatus = async () =>
    JSON.parse(await kubectl.run([...agentPod, "-o", "json"])).items.map(
      (pod: { metadata: { uid: string }; status: { containerStatuses?: Record<string, unknown>[] } }) => ({
        uid: pod.metadata.uid,
        ready: pod.status.containerStatuses?.[0]?.ready,
        restarts: pod.status.containerStatuses?.[0]?.restartCount,
      }),
    );

  /** Of how many leases the agent keeps something on disk. */
  const spooled = async () => {
    const [{ uid }] = await agentStatus();
    return (await listInPod(uid, "node", "/spool")).filter((name) => name !== "ballast").length;
  };

  test("an agent whose pod or process is killed goes on with the same attempts", async () => {
    const run = await start([suite("one"), suite("two"), reporting("three")]);
    const uids = await Promise.all((await untilRunning(run)).map(uidOf));
    const [before] = await agentStatus();
    await kubectl.run(["-n", "seatrial", "delete", "pod", "--all", "--grace-period=0", "--force"]);
    const replaced = async () => (await agentStatus()).filter((pod: typeof before) => pod.uid !== before.uid);
    await expect.poll(replaced, patience).toMatchObject([{ ready: true, restarts: 0 }]);
    const [after] = await replaced();
    await killInPod(after.uid, "node");
    await expect.poll(replaced, patience).toMatchObject([{ uid: after.uid, ready: true, restarts: 1 }]);
    await letEnd(uids);
    await expectFirstAttempts(run);
    expect((await allResults(stack.project, run.id)).map(({ suite: of, outcome }) => [of, outcome])).toEqual([
      ["three", "passed"],
    ]);
  });

  test("a cut for longer than a lease loses the attempts; others take over and what comes late is refused", async () => {
    const run = await start([suite("endless"), reporting("late")]);
    const first = await untilRunning(run);
    const uids = await Promise.all(first.map(uidOf));
    const late = await indexOf(run, "late");
    const helper = await borrowLease(kubectl, work, first[late]?.pod?.name ?? "");
    expect(await helper.uploadReport("")).toBe(200);
    await labCut(cluster, 600);
    try {
      await expect
        .poll(async () => (await attemptsOf(run)).filter(({ state }) => state === "lost").length, patience)
        .toBe(2);
      // One ends while nobody can hear of it.
      await letEnd(uids.slice(late, late + 1));
      expect(await helper.uploadReport(report)).toBe(409);
    } finally {
      await labMend(cluster);
    }
    await letEnd(await Promise.all((await untilRunning(run, 2)).map(uidOf)));
    expect(await untilOver(stack.project, run.id)).toMatchObject({ state: "passed" });
    for (const { attempts } of await stack.project.listShards(run.id)) {
      expect(attempts.map(({ number, state }) => [number, state])).toEqual([
        [1, "lost"],
        [2, "passed"],
      ]);
      await expectWholeLog(run, attempts[1] as Attempt);
    }
    const results = await allResults(stack.project, run.id);
    expect(results.map(({ attemptNumber, outcome }) => [attemptNumber, outcome])).toEqual([[2, "passed"]]);
    await expectOnePodEach(run);
    await expect.poll(() => kubectl.run(["-n", work, "get", "pods", "-o", "name"]), patience).toBe("");
  });

  test("a cut for less than a lease loses nothing", async () => {
    const run = await start([suite("patient"), reporting("steady")]);
    const before = await untilRunning(run);
    const uids = await Promise.all(before.map(uidOf));
    await labCut(cluster, 4);
    // Output of more than a lease's time reaches the hub: the leases were kept after the cut.
    await expect
      .poll(async () => (await attemptsOf(run)).every(({ logBytes }) => logBytes > 1_800), patience)
      .toBe(true);
    await letEnd(uids);
    await expectFirstAttempts(run);
  });

  test("a pod deleted by hand is an error of its attempt, and another attempt passes", async () => {
    const run = await start([suite("deleted", { infrastructureRetries: 1 })]);
    const [attempt] = await untilRunning(run);
    await kubectl.run(["-n", work, "delete", "pod", attempt?.pod?.name ?? "", "--wait=false"]);
    await letEnd(await Promise.all((await untilRunning(run, 2)).map(uidOf)));
    expect(await untilOver(stack.project, run.id)).toMatchObject({ state: "passed" });
    expect(await attemptsOf(run)).toMatchObject([
      { number: 1, state: "errored", exit: { reason: "pod_deleted" } },
      { number: 2, state: "passed" },
    ]);
    await expectOnePodEach(run);
  });

  test("a hub that is away for a while finds the run as it is, also what ended meanwhile", async () => {
    const run = await start([suite("long"), suite("short"), reporting("reporting")]);
    const uids = await Promise.all((await untilRunning(run)).map(uidOf));
    const [short = ""] = uids.splice(await indexOf(run, "short"), 1);
    await stack.stopHub();
    // Ends while the hub is away; the others after.
    await letEnd([short]);
    await expect
      .poll(
        () =>
          kubectl.run(["-n", work, "get", "pods", "--field-selector=status.phase=Succeeded", "-o", "name"]),
        patience,
      )
      .toContain("pod/");
    await stack.startHub();
    await letEnd(uids);
    await expectFirstAttempts(run);
    expect(await allResults(stack.project, run.id)).toHaveLength(1);
  });

  test("a hub that is away for longer than leases and a pod's usual grace costs nothing", async () => {
    const run = await start([suite("quiet"), reporting("reporting"), suite("endless")]);
    const uids = await Promise.all((await untilRunning(run)).map(uidOf));
    const [endless = ""] = uids.splice(await indexOf(run, "endless"), 1);
    await stack.stopHub();
    await letEnd(uids);
    const ended = ["-n", work, "get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[*].state}"];
    await expect
      .poll(async () => (await kubectl.run(ended)).split("terminated").length - 1, patience)
      .toBe(uids.length);
    // What the hub has not heard is on disk.
    await expect.poll(() => spooled(), patience).toBe(3);
    await sleep(40_000);
    await stack.startHub();
    await letEnd([endless]);
    await expectFirstAttempts(run);
    expect(await allResults(stack.project, run.id)).toHaveLength(1);
    await expect.poll(() => spooled(), patience).toBe(0);
  });
});
