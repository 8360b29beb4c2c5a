import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labKill, labStart } from "@seatrial/lab/lab-component.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { faketimeLibrary } from "../faults/config.ts";
import { type AgentInLab, type AgentProcess, openAgentInLab } from "../support/agent-in-lab.ts";
import { touchInPod } from "../support/lab-processes.ts";

const canRun = process.platform === "linux" && process.getuid?.() === 0;
const realTimers = { FAKETIME_DONT_FAKE_MONOTONIC: "1" };
const patience = { timeout: 180_000, interval: 200 };

/** A real agent process and real pods, for a hub that the test plays: what is outside the agent goes and comes back. */
describe.runIf(canRun)("an agent whose surroundings fail", () => {
  let lab: AgentInLab;
  let agent: AgentProcess | null = null;
  const closers: (() => unknown)[] = [];
  beforeAll(async () => {
    lab = await openAgentInLab({ logLimitBytes: 16 * 1_048_576, nodeLostSeconds: 20 });
  });
  afterEach(async () => {
    lab.hub.comeBack();
    await agent?.kill();
    agent = null;
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(() => lab?.close());

  type Lease = ReturnType<AgentInLab["give"]>;
  const podOf = (lease: Lease) => `st-${lease.grant.work.attemptId}`;
  const pods = (...words: string[]) => lab.kubectl.run(["-n", lab.namespace, ...words]);
  const stateOf = (lease: Lease) => pods("get", "pod", podOf(lease), "-o", "jsonpath={.status.phase}");
  const letEnd = async (lease: Lease) =>
    touchInPod(await pods("get", "pod", podOf(lease), "-o", "jsonpath={.metadata.uid}"), "busybox", "/end");
  const running = (lease: Lease) => lab.hub.until(() => lease.progress.includes("running"));
  const counting = (script: string) => ["sh", "-c", `echo begin; ${script}; echo end`];
  const startAgent = (more: Record<string, string>) => {
    agent = lab.process(more);
    return agent;
  };
  async function spoolFolder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), "seatrial-spool-"));
    closers.push(() => rm(made, { recursive: true, force: true }));
    return made;
  }
  const kept = async (folder: string) => (await readdir(folder)).filter((name) => name !== "ballast");

  test.each(["-10m", "+10m"])("works on when its clock is off by %s, and says so once", async (off) => {
    const { logged } = startAgent({ LD_PRELOAD: await faketimeLibrary(), FAKETIME: off, ...realTimers });
    const leases = [lab.give({ command: counting("true") }), lab.give({ command: ["sh", "-c", "exit 3"] })];
    const ends = await Promise.all(leases.map(lab.end));
    expect(ends.map(({ exit }) => [exit.reason, exit.exitCode])).toEqual([
      ["completed", 0],
      ["completed", 3],
    ]);
    expect(leases[0]?.log).toBe("begin\nend\n");
    expect(logged().filter((line) => line.includes("set the clock of this node"))).toHaveLength(1);
  });

  test("goes on with the same attempt when the API server was killed, and misses none of its output", async () => {
    startAgent({});
    const lease = lab.give({
      command: counting("i=0; while [ $i -lt 150 ]; do echo line $i; i=$((i+1)); sleep 0.1; done"),
    });
    await running(lease);
    await labKill(lab.cluster, "kube-apiserver");
    try {
      const before = lab.hub.requests.length;
      await lab.hub.until(() => lab.hub.requests.length > before);
    } finally {
      await labStart(lab.cluster, "kube-apiserver");
    }
    expect((await lab.end(lease)).exit).toMatchObject({ reason: "completed", exitCode: 0 });
    const lines = Array.from({ length: 150 }, (_, index) => `line ${index}`);
    expect(lease.log).toBe(["begin", ...lines, "end", ""].join("\n"));
    expect(lease.gaps).toEqual([]);
  });

  test("tells an end that it saw while the hub was away, although it was killed and the pod is gone", async () => {
    const folder = await spoolFolder();
    const first = startAgent({ SEATRIAL_SPOOL_FOLDER: folder });
    const lease = lab.give({ command: counting("while [ ! -e /end ]; do sleep 0.1; done; exit 3") });
    await running(lease);
    lab.hub.goAway();
    await letEnd(lease);
    await expect.poll(() => stateOf(lease), patience).toBe("Failed");
    // Both the output's end and the end itself are there once the agent has looked at the pod.
    await expect
      .poll(() => first.logged().some((line) => line.includes("waits on disk")), patience)
      .toBe(true);
    await first.kill();
    await pods("delete", "pod", podOf(lease), "--grace-period=0", "--force");
    startAgent({ SEATRIAL_SPOOL_FOLDER: folder });
    lab.hub.comeBack();
    expect((await lab.end(lease)).exit).toMatchObject({ reason: "completed", exitCode: 3 });
    expect(lease.log).toBe("begin\n");
    await expect.poll(() => kept(folder), patience).toEqual([]);
  });

  test("drops output when its disk is full, says so, and brings the end", async () => {
    const folder = await spoolFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]);
    closers.push(() => execFileSync("umount", ["--lazy", folder]));
    startAgent({ SEATRIAL_SPOOL_FOLDER: folder });
    const lease = lab.give({
      command: counting("while [ ! -e /end ]; do sleep 0.1; done; yes 0123456789abcdef | head -c 3000000"),
    });
    await running(lease);
    lab.hub.goAway();
    await letEnd(lease);
    await expect.poll(() => stateOf(lease), patience).toBe("Succeeded");
    await expect
      .poll(() => agent?.logged().some((line) => line.includes("waits on disk")), patience)
      .toBe(true);
    // Not the 3 MB that were written: a container runtime may lose what a command wrote just before it ended.
    const whole = await pods("logs", podOf(lease));
    expect(whole.length).toBeGreaterThan(2_800_000);
    lab.hub.comeBack();
    expect((await lab.end(lease)).exit).toMatchObject({ reason: "completed", exitCode: 0 });
    const dropped = lease.gaps.map((gap) => /^dropped: spool full \((\d+) bytes of output\)$/.exec(gap)?.[1]);
    expect(dropped.length).toBeGreaterThan(0);
    const missing = dropped.reduce((sum, bytes) => sum + Number(bytes), 0);
    expect(lease.log.length + missing).toBe(whole.length);
    expect(lease.log.startsWith("begin\n0123456789abcdef\n")).toBe(true);
    await expect.poll(() => kept(folder), patience).toEqual([]);
  });
});
