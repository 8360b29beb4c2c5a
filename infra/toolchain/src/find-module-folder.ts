import { tmpdir } from "node:os";
import { readToolchainConfig } from "./config.ts";
import { findGo } from "./find-go.ts";
import { runProgram } from "./run-program.ts";
import { ToolError } from "./tool-error.ts";

/**
 * The folder with the sources of a Go module at a pinned version, fetched by the Go client and checked by it against
 * the checksum database or the caller's go.sum. Read-only: copy what must change. The first call may take a minute.
 * Throws ToolError (`tool_unavailable`) with Go's own words.
 */
export async function findModuleFolder(module: string, version: string): Promise<string> {
  const { environment } = readToolchainConfig();
  const folder = tmpdir();
  const go = await findGo(folder, environment);
  const run = await runProgram(go, ["mod", "download", "-json", `${module}@${version}`], {
    folder,
    environment,
  });
  const found = /"Dir": ("(?:[^"\\]|\\.)*")/.exec(run.output)?.[1];
  if (run.exitCode === 0 && found !== undefined) return JSON.parse(found) as string;
  throw new ToolError(
    "tool_unavailable",
    `The sources of ${module} ${version} could not be had: ${run.output.trim().slice(-500)}`,
  );
}
