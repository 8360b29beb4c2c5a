import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { cachedPath, placeInCache } from "./cache.ts";
import type { ToolchainConfig } from "./config.ts";
import { findGo } from "./find-go.ts";
import { runProgram } from "./run-program.ts";
import { ToolError } from "./tool-error.ts";
import type { BuildRecipe, ToolSpec } from "./tool-spec.ts";
import { type ReportStep, runStep } from "./tool-step.ts";

export type BuildContext = {
  readonly config: ToolchainConfig;
  readonly report: ReportStep;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Builds a tool from its pinned Go module folder and moves every program of that build into the cache.
 * The caller holds the build's lock. A build that was interrupted goes on where Go's own build cache stands.
 * Throws `go_missing` or `build_failed`.
 */
export async function buildTool(spec: ToolSpec, context: BuildContext): Promise<string> {
  const recipe = spec.build;
  if (!existsSync(join(recipe.folder, "go.mod"))) {
    throw new ToolError("build_failed", `${recipe.folder} holds no Go module, so there is nothing to build.`);
  }
  const go = await findGo(recipe.folder, context.config.environment);
  const temporary = await prepareFolder(context.config.cacheFolder, recipe.key);
  try {
    const message = `building ${recipe.programs.join(", ")} ${spec.version} from its Go modules`;
    await runStep(context.report, { tool: spec.name, source: "build", message }, async (step) => {
      let packages = 0;
      await runGo(go, recipe, temporary, context, (line) => {
        if (!line.startsWith("go: ")) packages += 1;
        step.say(packages > 0 ? `${message}, ${packages} packages compiled` : `${message}, ${line.slice(4)}`);
      });
    });
    for (const program of recipe.programs) {
      const target = cachedPath(context.config.cacheFolder, program, spec.version);
      await placeInCache(join(temporary, program), target);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return cachedPath(context.config.cacheFolder, spec.name, spec.version);
}

/**
 * A folder of its own for each try: the compiler of a killed run may still be writing into the old one.
 * What earlier tries of the same build left is removed.
 */
async function prepareFolder(cacheFolder: string, key: string): Promise<string> {
  const parent = join(cacheFolder, ".building");
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${key}.`)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `${key}.${process.pid}-${Date.now()}`);
  await mkdir(join(folder, "work"), { recursive: true });
  return folder;
}

async function runGo(
  go: string,
  recipe: BuildRecipe,
  target: string,
  context: BuildContext,
  onLine: (line: string) => void,
): Promise<void> {
  const flags = ["-v", "-ldflags", recipe.linkerFlags.join(" ")];
  const goArguments =
    recipe.how.kind === "install"
      ? ["install", ...flags, "tool"]
      : ["build", ...flags, "-o", join(target, recipe.programs[0] ?? ""), recipe.how.package];
  const run = await runProgram(go, goArguments, {
    folder: recipe.folder,
    environment: buildEnvironment(recipe, target, context.config.environment),
    signal: context.signal,
    onLine,
  });
  if (run.exitCode === 0) return;
  const tail = run.output.trim().split("\n").slice(-15).join("\n");
  const command = `go ${goArguments[0]}`;
  throw new ToolError("build_failed", `${command} in ${recipe.folder} ended with ${run.exitCode}:\n${tail}`);
}

/** Static programs without local paths in them; GOGC trades memory, which a build machine has, for time. */
function buildEnvironment(
  recipe: BuildRecipe,
  target: string,
  environment: ToolchainConfig["environment"],
): Record<string, string | undefined> {
  return {
    ...environment,
    CGO_ENABLED: "0",
    GOFLAGS: "-trimpath -buildvcs=false",
    GOGC: environment.GOGC ?? "400",
    GOWORK: "off",
    GOOS: recipe.targetSystem,
    GOARCH: undefined,
    GOBIN: target,
    GOTMPDIR: join(target, "work"),
  };
}
