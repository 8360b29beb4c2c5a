import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { labStart, labStop } from "@seatrial/lab/lab-component.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentInLab, openAgentInLab } from "../support/agent-in-lab.ts";

const canRun = process.platform === "linux" && process.getuid?.() === 0;
/** Kubernetes takes its time: looked at until it is so, at most a minute. */
const becomesTrue = async (check: () => Promise<boolean>) => expect(await waitUntil(check, 60)).toBe(true);
const logLimitBytes = 1_048_576;

describe.runIf(canRun)("an agent on a real cluster", () => {
  let lab: AgentInLab;
  beforeAll(async () => {
    lab = await openAgentInLab({ logLimitBytes, nodeLostSeconds: 1 });
    await lab.start();
  });
  afterAll(() => lab?.close());

  const podOf = (lease: ReturnType<AgentInLab["give"]>) => `st-${lease.grant.work.attemptId}`;
  const isRunning = (lease: ReturnType<AgentInLab["give"]>) =>
    lab.hub.until(() => lease.progress.includes("running"));
  const podIsGone = (lease: ReturnType<AgentInLab["give"]>) =>
    becomesTrue(
      async () =>
        (await lab.kubectl.run(["-n", lab.namespace, "get", "pod", podOf(lease), "--ignore-not-found"])) ===
        "",
    );

  test("tells the ends of commands apart", async () => {
    const shell = (script: string) => ["sh", "-c", script];
    const leases = {
      green: lab.give({ command: shell("echo one; echo two") }),
      red: lab.give({ command: shell("exit 3") }),
      crashed: lab.give({ command: shell("sh -c 'kill -SEGV $$'; exit $?") }),
      unknownWord: lab.give({ command: shell("no-such-word") }),
      hungry: lab.give({
        command: shell("x=$(head -c 200000000 /dev/zero | tr '\\0' a); echo $x | wc -c"),
        memoryBytes: 16 * 1_048_576,
      }),
      slow: lab.give({ command: ["sleep", "60"], timeoutSeconds: 2 }),
      noProgram: lab.give({ command: ["/no/such/program"] }),
      noImage: lab.give({ image: "10.88.0.1:5000/no/such:image" }),
      wrongImage: lab.give({ image: "Not An Image" }),
    };
    const reasons: Record<string, unknown> = {};
    for (const [name, lease] of Object.entries(leases)) {
      const { exit } = await lab.end(lease);
      reasons[name] = [exit.reason, exit.exitCode];
    }
    expect(reasons).toEqual({
      green: ["completed", 0],
      red: ["completed", 3],
      crashed: ["completed", 139],
      unknownWord: ["completed", 127],
      hungry: ["out_of_memory", 137],
      slow: ["deadline", null],
      noProgram: ["bad_command", 128],
      noImage: ["image_missing", null],
      wrongImage: ["image_missing", null],
    });
    expect(leases.green.log).toBe("one\ntwo\n");
    expect(leases.noImage.finish?.exit.evidence.join()).toContain("Failed to pull image");
    for (const lease of Object.values(leases)) await podIsGone(lease);
  });

  test("tells an eviction from a deletion", async () => {
    const evicted = lab.give({ command: ["sleep", "100"] });
    const deleted = lab.give({ command: ["sleep", "100"] });
    await Promise.all([isRunning(evicted), isRunning(deleted)]);
    const path = `/api/v1/namespaces/${lab.namespace}/pods/${podOf(evicted)}/eviction`;
    const eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: podOf(evicted), namespace: lab.namespace },
    };
    await lab.kubectl.run(["create", "--raw", path, "-f", "-"], JSON.stringify(eviction));
    await lab.kubectl.run(["-n", lab.namespace, "delete", "pod", podOf(deleted), "--wait=false"]);
    expect((await lab.end(evicted)).exit.reason).toBe("evicted");
    expect((await lab.end(deleted)).exit.reason).toBe("pod_deleted");
  });

  test("sends one line of 50 MB up to the hub's limit, and then the end", async () => {
    const lease = lab.give({
      command: ["sh", "-c", "head -c 52428800 /dev/zero | tr '\\0' x; echo; exit 4"],
    });
    const { exit } = await lab.end(lease);
    expect(exit, exit.message).toMatchObject({ reason: "completed", exitCode: 4 });
    expect(lease.log.length).toBeGreaterThanOrEqual(logLimitBytes);
    expect(lease.log.length).toBeLessThan(logLimitBytes + 200_000);
    expect(lease.log).toMatch(/^x+$/);
  });

  test("ends cancelled work at once, and disowned work without a word", async () => {
    const cancelled = lab.give({ command: ["sleep", "100"] });
    const disowned = lab.give({ command: ["sleep", "100"] });
    await Promise.all([isRunning(cancelled), isRunning(disowned)]);
    lab.hub.cancel(cancelled.grant.leaseId);
    lab.hub.disown(disowned.grant.leaseId);
    expect((await lab.end(cancelled)).exit.reason).toBe("cancelled");
    await Promise.all([podIsGone(cancelled), podIsGone(disowned)]);
    expect(disowned.finish).toBeNull();
  });

  test("goes on after its own restart where the process before it was", async () => {
    const script = "i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); sleep 0.1; done";
    const running = lab.give({ command: ["sh", "-c", script] });
    const ended = lab.give({ command: ["sh", "-c", "sleep 1; exit 7"] });
    const disowned = lab.give({ command: ["sleep", "100"] });
    await Promise.all([running, ended, disowned].map(isRunning));
    await lab.hub.until(() => running.log.includes("line 3"));
    await lab.stop();
    lab.hub.disown(disowned.grant.leaseId);
    await becomesTrue(async () => {
      const template = "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}";
      return (
        (await lab.kubectl.run(["-n", lab.namespace, "get", "pod", podOf(ended), "-o", template])) === "7"
      );
    });
    await lab.start();
    expect((await lab.end(ended)).exit).toMatchObject({ reason: "completed", exitCode: 7 });
    expect((await lab.end(running)).exit).toMatchObject({ reason: "completed", exitCode: 0 });
    expect(running.log).toBe(Array.from({ length: 60 }, (_, line) => `line ${line}\n`).join(""));
    expect(running.gaps).toEqual([]);
    await podIsGone(disowned);
    expect(disowned.finish).toBeNull();
  });

  test("takes work whose node fell silent for lost", async () => {
    const lease = lab.give({ command: ["sleep", "200"] });
    await isRunning(lease);
    await labStop(lab.cluster, "kubelet");
    try {
      const { exit } = await lab.end(lease);
      expect(exit.reason).toBe("node_lost");
      expect(exit.message).toContain(lab.cluster);
    } finally {
      await labStart(lab.cluster, "kubelet");
    }
    await podIsGone(lease);
  });
});
