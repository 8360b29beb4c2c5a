import { describe, expect, it } from "vitest";
import { repositoryPath } from "./repository-path.ts";

describe("a file as a report names it", () => {
  it.each([
    ["tests/api/test_x.py", "", "tests/api/test_x.py"],
    ["./tests//x.py", "", "tests/x.py"],
    ["web.test.ts", "tests/web", "tests/web/web.test.ts"],
    ["tests/web/web.test.ts", "tests/web", "tests/web/web.test.ts"],
    ["tests/website.ts", "tests/web", "tests/web/tests/website.ts"],
  ])("%s of a suite in '%s' is %s", (file, folder, path) => expect(repositoryPath(file, folder)).toBe(path));

  it.each([
    "/usr/lib/x.py",
    "../x.py",
    "a/../../x.py",
    "C:\\x.py",
    "a\\b",
    "https://x/y",
    "a\nb",
    "",
    ".",
    "x\u202Eyp.",
  ])("%j is none of the repository", (file) => expect(repositoryPath(file)).toBeNull());
});
