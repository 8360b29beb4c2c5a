import { join } from "node:path";
import { readToolchainConfig, type ToolchainConfig } from "./config.ts";
import { findGo } from "./find-go.ts";
import { runProgram } from "./run-program.ts";
import { ToolError } from "./tool-error.ts";

export type FindModuleOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly config?: ToolchainConfig;
  /** Folder whose go.mod pins the module; `infra/toolchain/<pinnedBy>` by default. */
  readonly folder?: string;
};

/**
 * The folder with the sources of a Go module, read-only, at the version that a build of ours pins. Go fetches it and
 * checks it against go.sum when it is not on this machine yet. `pinnedBy` is a folder of infra/toolchain.
 * Example: `findModuleFolder("github.com/stefanprodan/podinfo", "podinfo")` has `charts/podinfo` and `kustomize`.
 * Throws `go_missing` or `build_failed`.
 */
export async function findModuleFolder(
  modulePath: string,
  pinnedBy: string,
  options: FindModuleOptions = {},
): Promise<string> {
  const config = options.config ?? readToolchainConfig();
  const folder = options.folder ?? join(import.meta.dirname, "..", pinnedBy);
  const go = await findGo(folder, config.environment);
  const run = async (goArguments: readonly string[]): Promise<string> => {
    const environment = { ...config.environment, GOWORK: "off", GOFLAGS: "-mod=readonly" };
    const { exitCode, output } = await runProgram(go, goArguments, {
      folder,
      environment,
      signal: options.signal,
    });
    if (exitCode === 0) return output.trim();
    throw new ToolError(
      "build_failed",
      `go ${goArguments.join(" ")} in ${folder} ended with ${exitCode}:\n${output.trim().slice(-2_000)}`,
    );
  };
  const known = await run(["list", "-m", "-f", "{{.Dir}}", modulePath]);
  if (known !== "") return known;
  await run(["mod", "download", modulePath]);
  return run(["list", "-m", "-f", "{{.Dir}}", modulePath]);
}
