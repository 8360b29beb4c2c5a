import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { readToolchainConfig, type ToolchainConfig } from "../config.ts";
import type { ToolSpec } from "../tool-spec.ts";

export type Workshop = {
  readonly folder: string;
  readonly binFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: ToolchainConfig;
  /** The tool `tiny` 1.4.2, built from a real Go module without dependencies. */
  readonly tiny: ToolSpec;
  /** Writes an executable shell script and returns its path. */
  readonly writeProgram: (path: string, script: string) => Promise<string>;
  readonly remove: () => Promise<void>;
};

/** A folder of its own with a cache, a PATH folder in front of the machine's, and a small Go module. */
export async function createWorkshop(
  machine: Readonly<Record<string, string | undefined>>,
): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), "toolchain-"));
  const binFolder = join(folder, "bin");
  const environment: Record<string, string> = {
    HOME: machine.HOME ?? folder,
    PATH: `${binFolder}${delimiter}${machine.PATH ?? ""}`,
    XDG_CACHE_HOME: join(folder, "cache"),
    // Go's own cache stays the machine's, or every test would compile the standard library.
    GOCACHE:
      machine.GOCACHE ?? join(machine.XDG_CACHE_HOME ?? join(machine.HOME ?? folder, ".cache"), "go-build"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  await mkdir(binFolder);
  const tiny = await writeTinyModule(join(folder, "module"), ["tiny"]);
  return {
    folder,
    binFolder,
    environment,
    config: readToolchainConfig(environment),
    tiny,
    writeProgram,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writeProgram(path: string, script: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** One module whose `tool` lines yield all the programs; returns the spec of the first. */
export async function writeTinyModule(
  folder: string,
  programs: readonly [string, ...string[]],
): Promise<ToolSpec> {
  const tools = programs.map((name) => `tool seatrial.invalid/tiny/cmd/${name}\n`).join("");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "go.mod"), `module seatrial.invalid/tiny\n\ngo 1.26.0\n\n${tools}`);
  for (const name of programs) {
    await mkdir(join(folder, "cmd", name), { recursive: true });
    const source = 'package main\n\nvar version = "unset"\n\nfunc main() { println("tiny", version) }\n';
    await writeFile(join(folder, "cmd", name, "main.go"), source);
  }
  return {
    name: programs[0],
    version: "1.4.2",
    accepted: { minimum: "1.4.0", below: "2.0.0" },
    versionArguments: ["--version"],
    downloads: {},
    build: {
      key: "tiny-1.4.2",
      folder,
      programs,
      how: { kind: "install" },
      linkerFlags: ["-X", "main.version=v1.4.2"],
    },
  };
}

const childProgram = `
import { readToolchainConfig } from ${JSON.stringify(join(import.meta.dirname, "../config.ts"))};
import { findTool } from ${JSON.stringify(join(import.meta.dirname, "../find-tool.ts"))};
const spec = JSON.parse(process.argv[1]);
const found = await findTool(spec.name, { specs: [spec], config: readToolchainConfig() });
process.stdout.write(JSON.stringify(found));
`;

/** `findTool` in a process of its own, as a second run of Seatrial would call it. */
export function startFinding(spec: ToolSpec, environment: Readonly<Record<string, string>>) {
  const flags = ["--input-type=module", "--eval", childProgram];
  const child = spawn(process.execPath, [...flags, JSON.stringify(spec)], { env: environment });
  const { promise, resolve } = Promise.withResolvers<string>();
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  child.once("close", () => resolve(output));
  return { child, output: promise };
}
