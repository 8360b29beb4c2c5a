import { describe, expect, test } from "vitest";
import { openState, sealState } from "./seal-state.ts";

const seal = { key: new Uint8Array(32).fill(7), environmentId: "env_one" };
const state = Buffer.from(JSON.stringify({ version: 3, secret: "canary-4711", filler: "x".repeat(5_000) }));

describe("a stored state", () => {
  test("opens with the key and the id it was sealed with", async () => {
    expect(Buffer.from(await openState(await sealState(state, seal), seal))).toEqual(state);
  });

  test("is compressed, differs each time and shows nothing of its content", async () => {
    const first = Buffer.from(await sealState(state, seal));
    expect(first.length).toBeLessThan(500);
    expect(first.includes("canary-4711")).toBe(false);
    expect(Buffer.from(await sealState(state, seal))).not.toEqual(first);
  });

  test("does not open with another key or as another environment's", async () => {
    const sealed = await sealState(state, seal);
    const others = [
      { ...seal, key: new Uint8Array(32).fill(8) },
      { ...seal, environmentId: "env_two" },
      { ...seal, key: new Uint8Array(16) },
    ];
    for (const other of others)
      await expect(openState(sealed, other)).rejects.toMatchObject({ code: "state_unreadable" });
  });

  test("does not open when any one of its bytes changed", async () => {
    const sealed = await sealState(state, seal);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(openState(changed, seal)).rejects.toMatchObject({ code: "state_unreadable" });
    }
  });

  test("does not open when it was cut short", async () => {
    const sealed = await sealState(state, seal);
    for (const length of [0, 4, 32, sealed.length - 1])
      await expect(openState(sealed.subarray(0, length), seal)).rejects.toMatchObject({
        code: "state_unreadable",
      });
  });
});
