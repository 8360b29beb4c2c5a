import { expect, test } from "vitest";
import { isSigned } from "./verify-signature.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** GitHub's own example (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing). */
const example = {
  secret: "It's a Secret to Everybody",
  body: bytes("Hello, World!"),
  signature: "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
};

test("GitHub's own example is good, with its secret alone or among others, in any place", () => {
  const { secret, body, signature } = example;
  expect(isSigned(body, signature, [secret])).toBe(true);
  expect(isSigned(body, signature, ["another", secret])).toBe(true);
  expect(isSigned(body, signature, [secret, "another"])).toBe(true);
});

test("another secret, another body and no secret at all are not", () => {
  const { secret, body, signature } = example;
  expect(isSigned(body, signature, ["another"])).toBe(false);
  expect(isSigned(body, signature, [])).toBe(false);
  expect(isSigned(bytes("Hello, World"), signature, [secret])).toBe(false);
  expect(isSigned(bytes(""), signature, [secret])).toBe(false);
});

test("a signature of another shape is not, whatever it begins with", () => {
  const { secret, body, signature } = example;
  const others = [
    undefined,
    "",
    "sha256=",
    signature.slice(0, -1),
    `${signature}0`,
    signature.slice("sha256=".length),
    signature.replace("sha256", "sha1"),
    signature.toUpperCase(),
    `${signature}, ${signature}`,
    `sha256=${"0".repeat(64)}`,
  ];
  for (const other of others) expect([other, isSigned(body, other, [secret])]).toEqual([other, false]);
});
