import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { endMarkedProcesses, endProcess, signalProcess } from "./end-process.ts";
import { findMarkedProcesses } from "./find-processes.ts";
import { identify, type ProcessIdentity, readPidFile, writePidFile } from "./identity.ts";
import { startDetached } from "./start-detached.ts";

const started: ProcessIdentity[] = [];
let markers = 0;

afterEach(async () => {
  for (const identity of started.splice(0)) await endProcess(identity, 0);
});

async function startSleeper(
  wrapsChild = false,
): Promise<{ identity: ProcessIdentity; marker: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "lab-process-"));
  markers += 1;
  const marker = `test-${process.pid}-${markers}`;
  const command = wrapsChild ? ["-c", "sleep 600 & wait"] : ["-c", "exec sleep 600"];
  const logFile = join(folder, "log");
  const identity = await startDetached({ program: "sh", arguments: command, logFile, marker, wrapsChild });
  started.push(identity);
  return { identity, marker, folder };
}

describe.runIf(process.platform === "linux")("a process of the lab", () => {
  test("is found by its pid file while it runs, and not after", async () => {
    const { identity, folder } = await startSleeper();
    const file = join(folder, "pid.json");
    await writePidFile(file, identity);
    expect(await readPidFile(file)).toEqual(identity);
    await endProcess(identity, 1);
    expect(await readPidFile(file)).toBeUndefined();
  });

  test("that got the pid of an earlier one is neither taken for it nor killed", async () => {
    const { identity, folder } = await startSleeper();
    const earlier = { pid: identity.pid, startedAt: `${identity.startedAt}0` };
    const file = join(folder, "pid.json");
    await writePidFile(file, earlier);
    expect(await readPidFile(file)).toBeUndefined();
    await signalProcess(earlier, "SIGKILL");
    await endProcess(earlier, 0);
    expect(await identify(identity.pid)).toEqual(identity);
  });

  test("whose pid file holds half a line, pid 1 or nonsense counts as not running", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lab-process-"));
    for (const content of ['{"pid": 12', '{"pid": 1, "startedAt": "x"}', '{"pid": "self"}', ""]) {
      await writeFile(join(folder, "pid.json"), content);
      expect(await readPidFile(join(folder, "pid.json"))).toBeUndefined();
    }
  });

  test("is found by its marker when no pid file names it, with the children that it started", async () => {
    const { identity, marker } = await startSleeper(true);
    const found = await findMarkedProcesses(marker);
    expect(found).toContainEqual(identity);
    expect(found).toHaveLength(2);
    await endMarkedProcesses(marker);
    expect(await findMarkedProcesses(marker)).toEqual([]);
  });

  test("of another marker, or of none, is left alone", async () => {
    const { identity, marker } = await startSleeper();
    const other = spawn("sleep", ["600"], { stdio: "ignore" });
    await endMarkedProcesses(`${marker}-longer`);
    expect(await identify(identity.pid)).toEqual(identity);
    expect(other.exitCode).toBeNull();
    other.kill("SIGKILL");
  });

  test("that ignores SIGTERM is killed after the grace", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lab-process-"));
    const script = "trap '' TERM; while :; do sleep 600; done";
    const marker = `test-${process.pid}-stubborn`;
    const logFile = join(folder, "log");
    const identity = await startDetached({
      program: "sh",
      arguments: ["-c", script],
      logFile,
      marker,
      wrapsChild: false,
    });
    await endProcess(identity, 0.2);
    expect(await identify(identity.pid)).toBeUndefined();
    await endMarkedProcesses(marker);
  });

  test("that cannot start is an error that names it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lab-process-"));
    const command = {
      program: "/nowhere/etcd",
      arguments: [],
      logFile: join(folder, "log"),
      marker: "test-none",
    };
    await expect(startDetached({ ...command, wrapsChild: false })).rejects.toThrow(
      /\/nowhere\/etcd did not start/,
    );
  });
});
