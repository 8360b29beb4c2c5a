import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadStateKey } from "./load-state-key.ts";
import { newStateKey, openStateKey } from "./state-keys.ts";

const hub = (fill: number | null) => ({
  settings: { stateKey: fill === null ? null : new Uint8Array(32).fill(fill) },
});

describe("a state's key", () => {
  it("opens with the hub's key for its own environment, and is another each time", () => {
    const wrapped = newStateKey(hub(1), "e-one");
    const key = openStateKey(hub(1), "e-one", wrapped);
    expect(key).toHaveLength(32);
    expect(openStateKey(hub(1), "e-one", newStateKey(hub(1), "e-one"))).not.toEqual(key);
    expect(wrapped).not.toContain(Buffer.from(key).toString("base64url"));
  });

  it("opens neither for another environment, nor with another hub's key, nor altered", () => {
    const wrapped = newStateKey(hub(1), "e-one");
    const altered = `${wrapped.slice(0, -2)}${wrapped.endsWith("AA") ? "BB" : "AA"}`;
    const unreadable = expect.objectContaining({ code: "state_unreadable" });
    expect(() => openStateKey(hub(1), "e-two", wrapped)).toThrow(unreadable);
    expect(() => openStateKey(hub(2), "e-one", wrapped)).toThrow(unreadable);
    expect(() => openStateKey(hub(1), "e-one", altered)).toThrow(unreadable);
    expect(() => openStateKey(hub(1), "e-one", wrapped.replace("v1", "v2"))).toThrow(unreadable);
  });

  it("is refused with the fix when the hub has no key", () => {
    expect(() => newStateKey(hub(null), "e-one")).toThrow(/SEATRIAL_STATE_KEY/);
  });
});

describe("the hub's own key", () => {
  it("is made once, for its owner alone, and stays the same", async () => {
    const folder = await mkdtemp(join(tmpdir(), "seatrial-key-"));
    try {
      const ownFile = join(folder, "hub", "state.key");
      const [first, raced] = await Promise.all([loadStateKey({ ownFile }), loadStateKey({ ownFile })]);
      expect(first).toHaveLength(32);
      expect(raced).toEqual(first);
      expect(await loadStateKey({ ownFile })).toEqual(first);
      expect((await stat(ownFile)).mode & 0o777).toBe(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("comes from the configuration where there is one, and is nobody's where there is neither", async () => {
    const bytes = randomBytes(32);
    const configured = `${bytes.toString("base64")}\n`;
    expect(await loadStateKey({ configured, ownFile: "/nowhere/state.key" })).toEqual(new Uint8Array(bytes));
    expect(await loadStateKey({})).toBeNull();
  });

  it("of a wrong length is refused by name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "seatrial-key-"));
    try {
      const ownFile = join(folder, "state.key");
      await writeFile(ownFile, "c2hvcnQ=");
      await expect(loadStateKey({ ownFile })).rejects.toThrow("state.key holds 5 bytes");
      expect(await readFile(ownFile, "utf8")).toBe("c2hvcnQ=");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
