import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { takeLabLock } from "./lab-lock.ts";

let names = 0;
function freshName(): string {
  names += 1;
  return `seatrial-lab-test-${process.pid}-${names}`;
}

describe.runIf(process.platform === "linux")("the lab's lock", () => {
  test("is held by one at a time, and the next gets it when the first lets go", async () => {
    const name = freshName();
    const events: string[] = [];
    const first = await takeLabLock(name, 5);
    const waiting = takeLabLock(name, 30).then((lock) => {
      events.push("second holds");
      return lock;
    });
    await expect(takeLabLock(name, 0)).rejects.toMatchObject({ code: "lock_timeout" });
    events.push("first releases");
    await first.release();
    await (await waiting).release();
    expect(events).toEqual(["first releases", "second holds"]);
  });

  test("falls to the next when its holder is killed", async () => {
    const name = freshName();
    const module = join(import.meta.dirname, "lab-lock.ts");
    const script = `const { takeLabLock } = await import(${JSON.stringify(module)});
      await takeLabLock(${JSON.stringify(name)}, 5); console.log("held"); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    const waiting = takeLabLock(name, 30);
    holder.kill("SIGKILL");
    await (await waiting).release();
  });
});
