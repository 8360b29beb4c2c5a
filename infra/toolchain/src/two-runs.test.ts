import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withLock } from "./build-lock.ts";
import { findTool } from "./find-tool.ts";
import { isAlive, readOwnIdentity } from "./process-identity.ts";
import { machineEnvironment } from "./testing/config.ts";
import { createWorkshop, startFinding, type Workshop } from "./testing/workshop.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await createWorkshop(machineEnvironment);
});
afterEach(() => workshop.remove());

test("of several runs at once one builds and the others use what it built", async () => {
  const runs = [1, 2, 3].map(() => startFinding(workshop.tiny, workshop.environment));
  const found = await Promise.all(
    runs.map(async (run) => JSON.parse(await run.output) as { source: string }),
  );
  expect(found.map((tool) => tool.source).sort()).toEqual(["build", "cache", "cache"]);
});

test("several callers in one process share one build too", async () => {
  const options = { specs: [workshop.tiny], config: workshop.config };
  const found = await Promise.all([1, 2, 3].map(() => findTool("tiny", options)));
  expect(found.map((tool) => tool.source).sort()).toEqual(["build", "cache", "cache"]);
});

test("a run that was killed while it built is taken over by the next, which leaves nothing of it", async () => {
  const marker = join(workshop.folder, "compiler-pid");
  const standIn = `case "$1" in version) echo "go version go1.26.8 linux/amd64";; *) echo $$ > ${marker}; exec sleep 600;; esac`;
  const go = await workshop.writeProgram(join(workshop.binFolder, "go"), standIn);
  const killed = startFinding(workshop.tiny, workshop.environment);
  await vi.waitFor(() => expect(readFileSync(marker, "utf8")).toMatch(/\d/), { timeout: 30_000 });
  killed.child.kill("SIGKILL");
  await killed.output.catch(() => undefined);
  const locks = join(workshop.config.cacheFolder, ".locks");
  expect(readdirSync(locks)).toHaveLength(1);
  process.kill(Number(readFileSync(marker, "utf8")));

  await rm(go);
  const found = await findTool("tiny", { specs: [workshop.tiny], config: workshop.config });
  expect(found.source).toBe("build");
  expect(readdirSync(locks)).toEqual([]);
  expect(readdirSync(join(workshop.config.cacheFolder, ".building"))).toEqual([]);
});

test("an interrupted search says so, gives its lock back and can be repeated", async () => {
  const marker = join(workshop.folder, "compiler-pid");
  const standIn = `case "$1" in version) echo "go version go1.26.8 linux/amd64";; *) echo $$ > ${marker}; exec sleep 600;; esac`;
  const go = await workshop.writeProgram(join(workshop.binFolder, "go"), standIn);
  const interruption = new AbortController();
  const options = { specs: [workshop.tiny], config: workshop.config };
  const search = findTool("tiny", { ...options, signal: interruption.signal });
  const outcome = expect(search).rejects.toMatchObject({ code: "cancelled" });
  await vi.waitFor(() => expect(existsSync(marker)).toBe(true), { timeout: 30_000 });
  interruption.abort();
  await outcome;
  await rm(go);
  expect((await findTool("tiny", options)).source).toBe("build");
});

test("a lock whose number belongs to another process by now is a dead one", async () => {
  const identity = await readOwnIdentity();
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startedAt: "an earlier boot/1" })).toBe(false);
  const lock = join(workshop.folder, "locks/a.lock");
  await mkdir(join(workshop.folder, "locks"));
  await writeFile(lock, JSON.stringify({ ...identity, startedAt: "an earlier boot/1" }));
  expect(await withLock(lock, {}, async () => "mine")).toBe("mine");
});

test.each(["", "{", "null", '{"pid":"x"}'])(
  "a lock file with the content %j stops nobody",
  async (content) => {
    const lock = join(workshop.folder, "a.lock");
    await writeFile(lock, content);
    expect(await withLock(lock, {}, async () => "mine")).toBe("mine");
  },
);

test("however many take over from the same dead holder, one works at a time", async () => {
  const lock = join(workshop.folder, "a.lock");
  await writeFile(lock, JSON.stringify({ pid: 1, startedAt: "never" }));
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    await new Promise((resolve) => setImmediate(resolve));
    working -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(lock, { pollMilliseconds: 1 }, work)));
  expect(most).toBe(1);
});
