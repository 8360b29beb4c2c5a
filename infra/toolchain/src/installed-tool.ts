import { join } from "node:path";
import { isProgram } from "./cache.ts";
import type { ToolchainConfig } from "./config.ts";
import { runProgram } from "./run-program.ts";
import { ToolError } from "./tool-error.ts";
import type { FoundTool, ToolSpec } from "./tool-spec.ts";
import { isAccepted, parseVersion } from "./version-range.ts";

type Installed = Omit<FoundTool, "notes">;

/**
 * The path that the user configured, whatever its version. Throws `configured_path_unusable` when it is no program:
 * somebody who names a path does not want another one.
 */
export async function findConfigured(
  spec: ToolSpec,
  config: ToolchainConfig,
): Promise<Installed | undefined> {
  const configured = config.configuredPath(spec.name);
  if (configured === undefined) return undefined;
  if (!(await isProgram(configured.path))) {
    throw new ToolError(
      "configured_path_unusable",
      `${configured.from} names ${configured.path} for ${spec.name}, which is not a program. ` +
        "Correct the path or remove the setting.",
    );
  }
  const version = (await askVersion(spec, configured.path, config)) ?? "unknown";
  return { name: spec.name, version, source: "configured", path: configured.path };
}

/** The first program of that name on PATH whose version is accepted; others are noted. */
export async function findOnPath(
  spec: ToolSpec,
  config: ToolchainConfig,
  notes: string[],
): Promise<Installed | undefined> {
  if (spec.accepted === undefined) return undefined;
  for (const folder of config.pathFolders) {
    const path = join(folder, spec.name);
    if (!(await isProgram(path))) continue;
    const version = await askVersion(spec, path, config);
    if (version !== undefined && isAccepted(version, spec.accepted)) {
      return { name: spec.name, version, source: "path", path };
    }
    const { minimum, below } = spec.accepted;
    notes.push(`${path} is version ${version ?? "unknown"}, accepted are ${minimum} up to below ${below}`);
  }
  return undefined;
}

/** Asks the program itself; undefined when it does not answer within 10 seconds or names no version. */
export async function askVersion(
  spec: ToolSpec,
  path: string,
  config: ToolchainConfig,
): Promise<string | undefined> {
  if (spec.versionArguments.length === 0) return undefined;
  const options = { environment: config.environment, timeoutSeconds: 10 };
  const run = await runProgram(path, spec.versionArguments, options).catch(() => undefined);
  return run?.exitCode === 0 ? parseVersion(run.output) : undefined;
}
