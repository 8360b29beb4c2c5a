import { describe, expect, it } from "vitest";
import { createNonces } from "./nonces.ts";

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000);

describe("nonces", () => {
  it("are accepted by every replica with the secret for at least two minutes, and not for ever", () => {
    const [one, two] = [createNonces(new Uint8Array(32)), createNonces(new Uint8Array(32))];
    const nonce = one.issue(at(0));
    expect(two.accepts(nonce, at(0))).toBe(true);
    expect(two.accepts(nonce, at(120))).toBe(true);
    expect(two.accepts(nonce, at(240))).toBe(false);
  });

  it("cannot be made without the secret", () => {
    const foreign = createNonces(new Uint8Array(32).fill(1)).issue(at(0));
    expect(createNonces(new Uint8Array(32)).accepts(foreign, at(0))).toBe(false);
    expect(createNonces(new Uint8Array(32)).accepts("", at(0))).toBe(false);
  });
});
