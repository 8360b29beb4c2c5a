import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readToolchainConfig } from "./config.ts";
import { hashFolder } from "./folder-hash.ts";
import { createStepPrinter } from "./print-steps.ts";
import type { ToolStep } from "./tool-step.ts";
import { isAccepted, parseVersion } from "./version-range.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolchain-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ["Kubernetes v1.36.3", "1.36.3"],
  ["etcd Version: 3.6.16\nGit SHA: none", "3.6.16"],
  ["v4.3.1+g1234", "4.3.1"],
  ["CoreDNS-1.14.7\nlinux/amd64, go1.26.8,", "1.14.7"],
  ["no version here", undefined],
])("in %j the version is %s", (output, version) => {
  expect(parseVersion(output)).toBe(version);
});

test("versions are compared as numbers, not as text", () => {
  const accepted = { minimum: "1.9.0", below: "1.37.0" };
  expect(
    ["1.8.9", "1.9.0", "1.10.0", "1.36.99", "1.37.0", "2.0.0"].map((each) => isAccepted(each, accepted)),
  ).toEqual([false, true, true, true, false, false]);
});

describe("configuration", () => {
  test("the cache follows XDG_CACHE_HOME and otherwise lies in the home folder", () => {
    expect(readToolchainConfig({ HOME: folder }).cacheFolder).toBe(join(folder, ".cache/seatrial/tools"));
    expect(readToolchainConfig({ HOME: folder, XDG_CACHE_HOME: "/c" }).cacheFolder).toBe("/c/seatrial/tools");
    expect(readToolchainConfig({ HOME: folder, XDG_CACHE_HOME: "relative" }).cacheFolder).toContain(folder);
  });
  test.each(["[]", "{", '{"helm": 1}', '{"helm": "relative/helm"}'])(
    "the file %s is refused by name",
    async (text) => {
      await mkdir(join(folder, "seatrial"));
      await writeFile(join(folder, "seatrial/tools.json"), text);
      expect(() => readToolchainConfig({ HOME: folder, XDG_CONFIG_HOME: folder })).toThrow("tools.json");
    },
  );
});

test("the version of our own program changes with its sources and names, not with its tests", async () => {
  await mkdir(join(folder, "inner"));
  await writeFile(join(folder, "inner/a.go"), "package a");
  const first = await hashFolder(folder);
  await writeFile(join(folder, "inner/a_test.go"), "package a");
  expect(await hashFolder(folder)).toBe(first);
  await writeFile(join(folder, "inner/a.go"), "package b");
  const second = await hashFolder(folder);
  await writeFile(join(folder, "b.go"), "package b");
  expect(new Set([first, second, await hashFolder(folder)]).size).toBe(3);
});

test("steps shorter than a second are silent; longer ones are shown with their elapsed time, not every second", () => {
  const lines: string[] = [];
  const print = createStepPrinter((line) => lines.push(line));
  const step = (state: ToolStep["state"], elapsedSeconds: number): void =>
    print({ tool: "helm", source: "build", state, message: "building helm\nmore", elapsedSeconds });
  step("started", 0);
  step("done", 0.4);
  expect(lines).toEqual([]);
  step("started", 0);
  for (let second = 1; second <= 70; second += 1) step("running", second);
  step("done", 70.4);
  expect(lines[0]).toBe("… helm: building helm (1 s)");
  expect(lines.at(-1)).toBe("✓ helm: building helm (1 min 10 s)");
  expect(lines).toHaveLength(6);
});
