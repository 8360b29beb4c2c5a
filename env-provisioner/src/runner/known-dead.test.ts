import { expect, test } from "vitest";
import { knownDead } from "./known-dead.ts";

const prefix = "node-1/ab12/";
const own = { holder: `${prefix}life-2/op-b`, ownHolders: { prefix, alive: [`${prefix}life-2/op-a`] } };

test.each([
  ["another provisioner's", "node-2/ab12/life-1/op-x", false],
  ["one of an earlier life", `${prefix}life-1/op-x`, true],
  ["what tidied in an earlier life", `${prefix}life-1/tidy/e-1/x`, true],
  ["one that lived when this runner was started", `${prefix}life-2/op-a`, false],
  ["one of this life that had ended before", `${prefix}life-2/op-0`, true],
  ["the parent, which tidies", `${prefix}life-2/tidy/e-1/x`, false],
])("%s is dead or not: %s", (_whose, holder, isDead) => {
  expect(knownDead(own)(holder)).toBe(isDead);
});

test("who takes the Lease while this one waits may be alive, though it was not when this one was started", () => {
  const isDead = knownDead(own);
  expect(isDead(`${prefix}life-2/op-a`)).toBe(false);
  expect(isDead(`${prefix}life-2/op-c`)).toBe(false);
});
