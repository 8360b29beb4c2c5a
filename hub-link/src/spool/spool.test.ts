import { execFileSync } from "node:child_process";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { LeaseSpool } from "./lease-spool.ts";
import { openSpool } from "./open-spool.ts";
import type { SpoolRecord } from "./spool-record.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "seatrial-spool-"));
  closers.push(() => rm(made, { recursive: true, force: true }));
  return made;
}
async function opened(at: string, capBytes = 8 * 1_048_576) {
  const spool = await openSpool({ folder: at, capBytes }, silentLogger);
  closers.push(spool.close);
  return spool;
}
const log = (text: string): SpoolRecord => ({ class: "log", body: text });
const end = (body: unknown): SpoolRecord => ({ class: "end", body });

async function drained(queue: LeaseSpool): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (let record = await queue.first(); record; record = await queue.first()) {
    bodies.push(record.body);
    await queue.shift();
  }
  return bodies;
}
async function fileOf(at: string, leaseId: string): Promise<string> {
  const [name] = (await readdir(join(at, leaseId))).sort().reverse();
  return join(at, leaseId, name ?? "");
}

describe("a lease's queue on disk", () => {
  it("gives records back in their order, in this process and in the next", async () => {
    const at = await folder();
    const before = await (await opened(at)).of("l-1");
    for (const text of ["one", "two", "three"]) expect(await before.append(log(text))).toBe(true);
    expect((await before.first())?.body).toBe("one");
    await before.shift();
    const spool = await opened(at);
    expect(spool.leases()).toEqual(["l-1"]);
    // What was told before is not marked as told: the hub knows repeats by their place.
    expect(await drained(await spool.of("l-1"))).toEqual(["one", "two", "three"]);
  });
  it("loses a torn last record and nothing else, wherever it was torn", async () => {
    const at = await folder();
    const spool = await opened(at);
    const queue = await spool.of("l-1");
    for (const text of ["one", "two", "the last one"]) await queue.append(log(text));
    const path = await fileOf(at, "l-1");
    const whole = await readFile(path);
    const lastBytes = 8 + Buffer.byteLength(JSON.stringify(["log", "the last one"]));
    for (let cut = 1; cut < lastBytes; cut += 1) {
      await writeFile(path, whole.subarray(0, whole.length - cut));
      expect(await drained(await (await opened(at)).of("l-1"))).toEqual(["one", "two"]);
      await mkdir(join(at, "l-1"), { recursive: true });
    }
  });
  it("goes on behind a torn record", async () => {
    const at = await folder();
    await (await (await opened(at)).of("l-1")).append(log("one"));
    const path = await fileOf(at, "l-1");
    await appendFile(path, Buffer.from([0, 0, 1]));
    const queue = await (await opened(at)).of("l-1");
    await queue.append(log("two"));
    expect(await drained(await (await opened(at)).of("l-1"))).toEqual(["one", "two"]);
  });
  it("ends at a record whose bytes changed, and believes no length", async () => {
    const at = await folder();
    const queue = await (await opened(at)).of("l-1");
    await queue.append(log("one"));
    await queue.append(log("two"));
    const path = await fileOf(at, "l-1");
    const bytes = await readFile(path);
    bytes[bytes.length - 2] = 0x58;
    await writeFile(path, bytes);
    expect(await drained(await (await opened(at)).of("l-1"))).toEqual(["one"]);
    await mkdir(join(at, "l-1"), { recursive: true });
    await writeFile(path, Buffer.alloc(64, 0xff));
    expect((await opened(at)).leases()).toEqual([]);
  });
  it("gives room back while it is read, not only at its end", async () => {
    const spool = await opened(await folder());
    const queue = await spool.of("l-1");
    for (let count = 0; count < 40; count += 1) await queue.append(log("x".repeat(65_536)));
    const full = spool.state().bytes;
    for (let count = 0; count < 20; count += 1) {
      await queue.first();
      await queue.shift();
    }
    expect(spool.state().bytes).toBeLessThan(full - 1_000_000);
    await drained(queue);
    expect(spool.state().bytes).toBe(0);
  });
  it("leaves nothing behind when it is dropped or told to its end", async () => {
    const at = await folder();
    const spool = await opened(at);
    for (const leaseId of ["l-1", "l-2"]) await (await spool.of(leaseId)).append(log("one"));
    await (await spool.of("l-1")).drop();
    await drained(await spool.of("l-2"));
    expect((await readdir(at)).filter((name) => name !== "ballast")).toEqual([]);
    expect(spool.leases()).toEqual([]);
    expect(spool.state().bytes).toBe(0);
  });
  it("holds whatever text comes, in any order of writing and reading", async () => {
    const spool = await opened(await folder());
    let leases = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constant(null)), { maxLength: 30 }),
        async (steps) => {
          leases += 1;
          const queue = await spool.of(`l-${leases}`);
          const expected: string[] = [];
          const read: unknown[] = [];
          for (const step of steps) {
            if (step === null) {
              const record = await queue.first();
              if (record) read.push(record.body);
              await queue.shift();
            } else {
              expected.push(step);
              await queue.append(log(step));
            }
          }
          read.push(...(await drained(queue)));
          expect(read).toEqual(expected.map((text) => JSON.parse(JSON.stringify(text))));
        },
      ),
      { numRuns: 40 },
    );
  });
  it("takes no name of a lease for a way out of its folder", async () => {
    const spool = await opened(await folder());
    await expect(spool.of("../../etc")).rejects.toThrow("no id of a lease");
  });
});

describe("a spool that is full", () => {
  it("refuses output first, then progress, and has room for an end all the while", async () => {
    const spool = await opened(await folder(), 20_000);
    const queue = await spool.of("l-1");
    let kept = 0;
    while (await queue.append(log("x".repeat(500)))) kept += 1;
    expect(kept * 508).toBeGreaterThan(13_000);
    let progress = 0;
    while (await queue.append({ class: "progress", body: "y".repeat(500) })) progress += 1;
    expect(progress).toBeGreaterThan(2);
    expect(await queue.append(end({ exit: "z".repeat(1_000) }))).toBe(true);
    expect(spool.state()).toMatchObject({ capBytes: 20_000, dropped: 2 });
    expect(spool.state().bytes).toBeLessThanOrEqual(20_000);
  });
  it("takes output again once there is room", async () => {
    const spool = await opened(await folder(), 20_000);
    const queue = await spool.of("l-1");
    while (await queue.append(log("x".repeat(500))));
    await drained(queue);
    expect(await queue.append(log("again"))).toBe(true);
  });
  it("counts what it finds at a start", async () => {
    const at = await folder();
    const queue = await (await opened(at, 20_000)).of("l-1");
    while (await queue.append(log("x".repeat(500))));
    const again = await opened(at, 20_000);
    expect(await (await again.of("l-2")).append(log("x".repeat(500)))).toBe(false);
  });
});

// A file system of its own needs root, as real clusters in the other tests do.
describe.runIf(process.getuid?.() === 0)("a disk that is full", () => {
  async function smallDisk(bytes: number): Promise<string> {
    const at = await folder();
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", at]);
    closers.push(() => void execFileSync("umount", ["--lazy", at]));
    return at;
  }
  it("keeps whole records only, and an end although output took all of it", async () => {
    const at = await smallDisk(1_048_576);
    const spool = await opened(at, 64 * 1_048_576);
    const queue = await spool.of("l-1");
    const texts: string[] = [];
    for (let text = "0".repeat(9_000); await queue.append(log(text)); text = `${texts.length}`.repeat(3_000))
      texts.push(text);
    expect(texts.length).toBeGreaterThan(40);
    expect(spool.state().dropped).toBe(1);
    expect(await queue.append(end({ exit: "failed" }))).toBe(true);
    expect(await drained(await (await opened(at, 64 * 1_048_576)).of("l-1"))).toEqual([
      ...texts,
      { exit: "failed" },
    ]);
  });
  it("works again once others made room", async () => {
    const at = await smallDisk(1_048_576);
    const spool = await opened(at, 64 * 1_048_576);
    await writeFile(join(at, "others"), Buffer.alloc(1_048_576 - 262_144 - 8_192)).catch(() => {});
    const queue = await spool.of("l-1");
    expect(await queue.append(log("x".repeat(65_536)))).toBe(false);
    await truncate(join(at, "others"), 0);
    expect(await queue.append(log("x".repeat(65_536)))).toBe(true);
    expect((await stat(join(at, "l-1"))).isDirectory()).toBe(true);
  });
});
