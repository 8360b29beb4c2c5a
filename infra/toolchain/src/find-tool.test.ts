import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readToolchainConfig } from "./config.ts";
import { findTool } from "./find-tool.ts";
import { listTools } from "./list-tools.ts";
import { machineEnvironment } from "./testing/config.ts";
import { createWorkshop, type Workshop, writeTinyModule } from "./testing/workshop.ts";
import type { ToolSpec } from "./tool-spec.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await createWorkshop(machineEnvironment);
});
afterEach(() => workshop.remove());

const find = (spec: ToolSpec = workshop.tiny, config = workshop.config) =>
  findTool(spec.name, { specs: [spec], config });
const answer = (version: string) => `echo "Tiny tool version v${version}"`;

test("a tool that is nowhere is built from its Go module, and found in the cache the next time", async () => {
  const path = join(workshop.config.cacheFolder, "tiny/1.4.2/tiny");
  const built = await find();
  expect(built).toEqual({
    name: "tiny",
    version: "1.4.2",
    source: "build",
    path,
    notes: ["no download pinned"],
  });
  expect(spawnSync(path, { encoding: "utf8" }).stderr).toBe("tiny v1.4.2\n");
  expect(await find()).toMatchObject({ source: "cache", path });
  expect(readdirSync(join(workshop.config.cacheFolder, ".building"))).toEqual([]);
  expect(readdirSync(join(workshop.config.cacheFolder, ".locks"))).toEqual([]);
});

test("one build yields every program of its module", async () => {
  const spec = await writeTinyModule(join(workshop.folder, "pair"), ["first", "second"]);
  await find(spec);
  expect(await find({ ...spec, name: "second" })).toMatchObject({ name: "second", source: "cache" });
});

test("a program on PATH at an accepted version is taken before anything is built", async () => {
  const path = await workshop.writeProgram(join(workshop.binFolder, "tiny"), answer("1.9.0"));
  expect(await find()).toEqual({ name: "tiny", version: "1.9.0", source: "path", path, notes: [] });
});

test.each(["1.3.9", "2.0.0", "none"])(
  "a program on PATH at version %s is passed over, and the reason is kept",
  async (version) => {
    await workshop.writeProgram(join(workshop.binFolder, "tiny"), answer(version));
    const found = await find();
    expect(found.source).toBe("build");
    expect(found.notes[0]).toContain(join(workshop.binFolder, "tiny"));
    expect(found.notes[0]).toContain(version === "none" ? "unknown" : version);
  },
);

test("a configured path comes before PATH, whatever its version", async () => {
  await workshop.writeProgram(join(workshop.binFolder, "tiny"), answer("1.9.0"));
  const path = await workshop.writeProgram(join(workshop.folder, "mine"), answer("0.1.0"));
  await mkdir(join(workshop.folder, "config/seatrial"), { recursive: true });
  await writeFile(join(workshop.folder, "config/seatrial/tools.json"), JSON.stringify({ tiny: path }));
  const fromFile = readToolchainConfig(workshop.environment);
  expect(await find(workshop.tiny, fromFile)).toMatchObject({ source: "configured", version: "0.1.0", path });
  const other = await workshop.writeProgram(join(workshop.folder, "other"), answer("0.2.0"));
  const fromVariable = readToolchainConfig({ ...workshop.environment, SEATRIAL_TOOL_TINY: other });
  expect(await find(workshop.tiny, fromVariable)).toMatchObject({ source: "configured", version: "0.2.0" });
});

test("a configured path that is no program is an error that names the setting, not a silent build", async () => {
  const config = readToolchainConfig({ ...workshop.environment, SEATRIAL_TOOL_TINY: "/nowhere/tiny" });
  await expect(find(workshop.tiny, config)).rejects.toMatchObject({
    code: "configured_path_unusable",
    message: expect.stringContaining("SEATRIAL_TOOL_TINY names /nowhere/tiny"),
  });
  const [listed] = await listTools({ specs: [workshop.tiny], config });
  expect(listed).toMatchObject({ state: "unusable", source: "configured" });
});

test("without Go the error says what to install and which setting would do instead", async () => {
  await workshop.writeProgram(join(workshop.binFolder, "go"), 'echo "go version go1.19.8 linux/amd64"');
  const config = readToolchainConfig({ ...workshop.environment, PATH: workshop.binFolder });
  const failure = find(workshop.tiny, config);
  // Go may also lie in its usual folder, which is looked at after PATH; then this machine can build.
  if (existsSync("/usr/local/go/bin/go")) await expect(failure).resolves.toMatchObject({ source: "build" });
  else
    await expect(failure).rejects.toMatchObject({
      code: "go_missing",
      message: expect.stringMatching(/Go 1\.26 or newer.*1\.19\.8.*go\.dev\/dl[\s\S]*SEATRIAL_TOOL_TINY/),
    });
});

test("a build that fails says what the compiler said and leaves nothing behind", async () => {
  await writeFile(
    join(workshop.tiny.build.folder, "cmd/tiny/main.go"),
    "package main\nfunc main() { nonsense }\n",
  );
  await expect(find()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("undefined: nonsense"),
  });
  expect(existsSync(join(workshop.config.cacheFolder, "tiny"))).toBe(false);
  expect(readdirSync(join(workshop.config.cacheFolder, ".building"))).toEqual([]);
  expect(readdirSync(join(workshop.config.cacheFolder, ".locks"))).toEqual([]);
});

test("an unknown tool is refused with the known names", async () => {
  await expect(findTool("hlem", { config: workshop.config })).rejects.toMatchObject({
    code: "unknown_tool",
    message: expect.stringContaining("helm"),
  });
});

test("listing builds nothing and says where each tool would come from", async () => {
  const [listed] = await listTools({ specs: [workshop.tiny], config: workshop.config });
  expect(listed).toMatchObject({ name: "tiny", version: "1.4.2", source: "build", state: "absent" });
  expect(existsSync(workshop.config.cacheFolder)).toBe(false);
});

test("every tool of Seatrial names a Go module folder that is in the repository", async () => {
  for (const tool of await listTools({ config: workshop.config }))
    expect(tool.version).toMatch(/^\d+\.\d+\.\d+$|^[0-9a-f]{12}$/);
  for (const name of ["kubernetes", "etcd", "helm", "coredns", "versitygw"]) {
    expect(readFileSync(join(import.meta.dirname, "..", name, "go.mod"), "utf8")).toMatch(/^tool /m);
  }
});
