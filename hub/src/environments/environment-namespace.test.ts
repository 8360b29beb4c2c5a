import { newId } from "@seatrial/contracts/ids.ts";
import { describe, expect, it } from "vitest";
import { environmentNamespace } from "./environment-namespace.ts";

describe("an environment's namespace", () => {
  it("says project, name and a part of the id", () => {
    expect(environmentNamespace("shop", "preview", "e-abcdefghijklmnop")).toBe("shop-preview-ghijklmnop");
  });

  it.each([
    ["a".repeat(40), "b".repeat(40)],
    ["a".repeat(40), "b"],
    ["a", "b".repeat(40)],
    [`${"a".repeat(24)}-${"a".repeat(15)}`, `${"b".repeat(25)}-${"b".repeat(14)}`],
  ])("of %s and %s is a DNS label that Kubernetes takes", (project, name) => {
    const id = newId("environment");
    const namespace = environmentNamespace(project, name, id);
    expect(namespace).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(namespace).not.toContain("--");
    expect(namespace.endsWith(id.slice(-10))).toBe(true);
    expect(namespace).toContain("-b");
  });

  it("cuts nothing that fits", () => {
    expect(environmentNamespace("a".repeat(40), "preview", "e-abcdefghijklmnop")).toBe(
      `${"a".repeat(40)}-preview-ghijklmnop`,
    );
  });
});
