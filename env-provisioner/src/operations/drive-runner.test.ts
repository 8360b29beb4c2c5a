import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { holdLease } from "@seatrial/hub-link/leases/held-lease.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cleanWorkFolder } from "./clean-work-folder.ts";
import { driveRunner } from "./drive-runner.ts";
import type { RunnerStart } from "./runner-messages.ts";
import { startRunner } from "./start-runner.ts";

const program = join(import.meta.dirname, "testing/runner-program.ts");
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-drive-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A runner that behaves as named, under a lease and a clock that the test turns. */
function drive(behaviour: string) {
  const clock = createManualClock();
  const fence = new AbortController();
  const draining = new AbortController();
  const steps: { name: string; message: string }[] = [];
  const watchers: (() => void)[] = [];
  const work = { name: behaviour, operation: "up", operationId: "op-1", template: { timeoutSeconds: 10 } };
  const grant = { leaseId: "l-1", work } as unknown as OperationGrant;
  const { lease, stop } = holdLease(grant, false);
  const runner = startRunner({ folder, searchPath: "/usr/bin:/bin", program });
  const progress = {
    step(name: string, message: string) {
      steps.push({ name, message });
      for (const watcher of watchers) watcher();
    },
    blockers: () => undefined,
    settled: async () => undefined,
  };
  const deps = {
    clock,
    logger: silentLogger,
    deadline: { at: clock.elapsed() + 100_000, seconds: 100 },
    progress,
    draining: draining.signal,
    fence: fence.signal,
  };
  const end = driveRunner(deps, lease, runner, { type: "start", work } as unknown as RunnerStart);
  const told = (name: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const step = steps.find((one) => one.name === name);
        if (step) resolve(step.message);
      };
      watchers.push(look);
      look();
    });
  return { clock, fence, draining, stop, end, told, runner };
}

const codeOf = async (end: ReturnType<typeof drive>["end"]) => (await end).finish.failure?.code ?? null;

describe("an operation in a process of its own", () => {
  it("ends with the runner's word, and the runner is gone then", async () => {
    const { end, runner } = drive("answer");
    expect(await codeOf(end)).toBeNull();
    expect((await runner.ended).signal).toBe("SIGKILL");
  });

  it("sees none of this process's environment but the search path", async () => {
    const { end, told } = drive("answer");
    expect(await told("began")).toBe("HOME,LANG,PATH,TMPDIR");
    await end;
  });

  it("is lost when its runner dies without a word", async () => {
    expect(await codeOf(drive("die").end)).toBe("lost");
  });

  it("is asked to end when it is cancelled, and its own end counts", async () => {
    const { stop, told, end } = drive("obey");
    await told("began");
    stop("cancelled");
    expect(await codeOf(end)).toBe("cancelled");
  });

  it("is killed when it does not end after it was asked to", async () => {
    const { clock, stop, told, end } = drive("hang");
    await told("began");
    stop("cancelled");
    await clock.sleepers(1);
    await clock.advance(45_000);
    expect(await codeOf(end)).toBe("cancelled");
  });

  it("is asked to put its work down when its provisioner goes, and comes again", async () => {
    const { draining, told, end } = drive("obey");
    await told("began");
    draining.abort();
    expect(await codeOf(end)).toBe("draining");
  });

  it("is lost with its provisioner when it does not put its work down", async () => {
    const { clock, draining, told, end } = drive("hang");
    await told("began");
    draining.abort();
    await clock.sleepers(1);
    await clock.advance(45_000);
    expect(await codeOf(end)).toBe("lost");
  });

  it("is asked to end at its deadline", async () => {
    const { clock, told, end } = drive("obey");
    await told("began");
    await clock.advance(100_000);
    expect(await codeOf(end)).toBe("deadline");
  });

  it("is killed at once with all that it started when its lease is lost", async () => {
    const { told, fence, end, runner } = drive("spawn");
    const grandchild = Number(await told("spawned"));
    fence.abort();
    await end;
    await runner.ended;
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });
});

describe("a work folder", () => {
  it("is emptied at the start, and what an earlier life left running in it is killed", async () => {
    const inner = await mkdtemp(join(folder, "home-"));
    const left = spawn("sleep", ["1000"], { cwd: folder, stdio: "ignore" });
    const leftInside = spawn("sleep", ["1000"], { cwd: inner, stdio: "ignore" });
    const ended = once(leftInside, "exit");
    await Promise.all([once(left, "spawn"), once(leftInside, "spawn")]);
    try {
      expect(await cleanWorkFolder(folder)).toBe(1);
      expect((await ended)[1]).toBe("SIGKILL");
      expect(left.exitCode).toBeNull();
      await expect(readFile(inner)).rejects.toThrow("ENOENT");
    } finally {
      left.kill("SIGKILL");
    }
  });
});

/** A dead child that nobody has waited for yet is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return status !== "" && !/\) Z /.test(status);
}
