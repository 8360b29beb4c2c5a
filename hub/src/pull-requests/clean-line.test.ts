import { expect, test } from "vitest";
import { cleanLine, cleanTelling } from "./clean-line.ts";

test("text becomes one line without controls, turned directions and what is not seen", () => {
  expect(cleanLine("  fix\tthe\r\nbasket\u2028now\u2029 ", 100)).toBe("fix the basket now");
  expect(cleanLine("\u001B]0;title\u0007ok\u0000", 100)).toBe("]0;title ok");
  expect(cleanLine("user\u202Etxt.exe\u2066\u200F", 100)).toBe("user txt.exe");
  expect(cleanLine("pass\u200Bword\uFEFF", 100)).toBe("pass word");
  expect(cleanLine("Größe 測試 🧺", 100)).toBe("Größe 測試 🧺");
});

test("it is cut to what is stored, in whole characters, and half a character is none", () => {
  expect(cleanLine("x".repeat(5_000_000), 20)).toBe(`${"x".repeat(13)}… (cut)`);
  expect(cleanLine(`${"x".repeat(12)}🧺🧺🧺🧺🧺`, 20)).toBe(`${"x".repeat(12)}… (cut)`);
  expect(cleanLine("a\uD83Db", 20)).toBe("a\uFFFDb");
});

test("every text of a telling is cleaned, and of many labels the first hundred are kept", () => {
  const dirty = "a\u0000b";
  const told = cleanTelling({
    ...{ number: 1, state: "open", draft: false, title: dirty, author: dirty, baseSha: "b", headSha: "a" },
    ...{ baseBranch: dirty, headBranch: dirty, headRepository: dirty, updatedAt: "2030-01-01T00:00:00.000Z" },
    labels: Array.from({ length: 101 }, () => dirty),
  });
  expect(JSON.stringify(told)).not.toContain("u0000");
  expect(told.labels).toHaveLength(100);
  expect(told).toMatchObject({ title: "a b", headRepository: "a b", number: 1, headSha: "a" });
});
