import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isAlive, readStartTime } from "@seatrial/toolchain/process-identity.ts";
import { expect, test } from "vitest";
import { startGuardedChild } from "./guarded-child.ts";

const ignoringTerm = ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"];
const logFile = async () => join(await mkdtemp(join(tmpdir(), "seatrial-guard-")), "log");
const start = async (words: readonly string[]) =>
  startGuardedChild({
    program: "/bin/sh",
    arguments: words,
    logFile: await logFile(),
    readyLine: /^ready$/,
  });

/** How to know the process again, should its pid be given to another. */
async function identify(pid: number): Promise<{ pid: number; startedAt: string }> {
  const startedAt = await readStartTime(pid);
  if (startedAt === undefined) throw new Error(`process ${pid} does not run`);
  return { pid, startedAt };
}

async function untilGone(identity: { pid: number; startedAt: string }): Promise<void> {
  while (await isAlive(identity)) await new Promise((resolve) => setTimeout(resolve, 50));
}

test("a child is gone after its stop, also one that ignores SIGTERM", async () => {
  const child = await start(ignoringTerm);
  const identity = await identify(child.pid);
  await child.stop();
  expect(await isAlive(identity)).toBe(false);
});

test("a child that ends by itself is told", async () => {
  const child = await start(["-c", "echo ready; exec sleep 600"]);
  process.kill(child.pid, "SIGKILL");
  await child.ended;
});

test("a child that ends before it is ready is an error that names its log", async () => {
  await expect(start(["-c", "echo no >&2; exit 7"])).rejects.toThrow(
    /ended before it was ready; its log: .*log/,
  );
});

test("a child dies with its parent, also when that is killed without a warning", async () => {
  const module = fileURLToPath(new URL("./guarded-child.ts", import.meta.url));
  const command = {
    program: "/bin/sh",
    arguments: ignoringTerm,
    logFile: await logFile(),
  };
  const program = `
    import { startGuardedChild } from ${JSON.stringify(module)};
    const child = await startGuardedChild({ ...${JSON.stringify(command)}, readyLine: /^ready$/ });
    console.log(child.pid);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: parent.stdout }), "line");
  const identity = await identify(Number(line));
  parent.kill("SIGKILL");
  await untilGone(identity);
});
