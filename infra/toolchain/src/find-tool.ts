import { join } from "node:path";
import { withLock } from "./build-lock.ts";
import { type BuildContext, buildTool } from "./build-tool.ts";
import { cachedPath, isProgram } from "./cache.ts";
import { readToolchainConfig, type ToolchainConfig } from "./config.ts";
import { downloadTool, pinForThisMachine } from "./download-tool.ts";
import { findConfigured, findOnPath } from "./installed-tool.ts";
import { ToolError } from "./tool-error.ts";
import type { FoundTool, ToolSpec } from "./tool-spec.ts";
import { loadToolSpecs, type ToolName } from "./tool-specs.ts";
import { type ReportStep, runStep } from "./tool-step.ts";

export type FindToolOptions = {
  /** Told what is done and how long it takes (see `createStepPrinter`). */
  readonly report?: ReportStep;
  readonly signal?: AbortSignal | undefined;
  readonly config?: ToolchainConfig;
  /** Other tools than Seatrial's own; for tests and extensions. */
  readonly specs?: readonly ToolSpec[];
};

/**
 * Finds a tool: configured path → PATH at an accepted version → cache → download → build. Safe for several callers
 * and processes at once: one builds, the others wait and use what it built.
 * The first call on a machine may take minutes. Throws `ToolError`.
 */
export async function findTool(
  name: ToolName | (string & {}),
  options: FindToolOptions = {},
): Promise<FoundTool> {
  const specs = options.specs ?? (await loadToolSpecs());
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) {
    const known = specs.map((candidate) => candidate.name).join(", ");
    throw new ToolError("unknown_tool", `There is no tool "${name}". Known tools: ${known}.`);
  }
  const context = {
    config: options.config ?? readToolchainConfig(),
    report: options.report ?? (() => undefined),
    signal: options.signal,
  };
  const notes: string[] = [];
  return (await findInstalled(spec, context.config, notes)) ?? (await obtain(spec, context, notes));
}

/** Finds several tools, one after the other: each build already uses every core. */
export async function findTools<Name extends ToolName>(
  names: readonly Name[],
  options: FindToolOptions = {},
): Promise<Record<Name, FoundTool>> {
  const specs = options.specs ?? (await loadToolSpecs());
  const found: [Name, FoundTool][] = [];
  for (const name of names) found.push([name, await findTool(name, { ...options, specs })]);
  return Object.fromEntries(found) as Record<Name, FoundTool>;
}

/** What is already on this machine; nothing is downloaded or built. `notes` collects why a place was passed over. */
export async function findInstalled(
  spec: ToolSpec,
  config: ToolchainConfig,
  notes: string[],
): Promise<FoundTool | undefined> {
  const found = (await findConfigured(spec, config)) ?? (await findOnPath(spec, config, notes));
  if (found) return { ...found, notes };
  return (await isProgram(cachedPath(config.cacheFolder, spec.name, spec.version)))
    ? inCache(spec, config, "cache", notes)
    : undefined;
}

async function obtain(spec: ToolSpec, context: BuildContext, notes: string[]): Promise<FoundTool> {
  const lock = join(context.config.cacheFolder, ".locks", `${spec.build.key}.lock`);
  const waiting = Promise.withResolvers<void>();
  const onWait = (pid: number): void => {
    const message = `waiting for process ${pid}, which is getting it`;
    void runStep(context.report, { tool: spec.name, source: "cache", message }, () => waiting.promise);
  };
  return withLock(lock, { signal: context.signal, onWait }, async () => {
    waiting.resolve();
    if (await isProgram(cachedPath(context.config.cacheFolder, spec.name, spec.version))) {
      return inCache(spec, context.config, "cache", notes);
    }
    const downloaded = await tryDownload(spec, context, notes);
    if (!downloaded) await buildOrExplain(spec, context, notes);
    return inCache(spec, context.config, downloaded ? "download" : "build", notes);
  }).finally(waiting.resolve);
}

async function tryDownload(spec: ToolSpec, context: BuildContext, notes: string[]): Promise<boolean> {
  const pin = pinForThisMachine(spec);
  if (pin === undefined) {
    notes.push("no download pinned");
    return false;
  }
  try {
    await downloadTool(spec, pin, context);
    return true;
  } catch (error) {
    context.signal?.throwIfAborted();
    notes.push(`download failed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function buildOrExplain(spec: ToolSpec, context: BuildContext, notes: string[]): Promise<void> {
  try {
    await buildTool(spec, context);
  } catch (error) {
    if (context.signal?.aborted) throw new ToolError("cancelled", `${spec.name}: interrupted; run it again.`);
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof ToolError ? error.code : "tool_unavailable";
    const variable = `SEATRIAL_TOOL_${spec.name.toUpperCase().replaceAll("-", "_")}`;
    throw new ToolError(
      code,
      `${spec.name} ${spec.version} could not be had (${notes.join("; ")}). ${reason}\n` +
        `Or install ${spec.name} yourself and name it in ${variable}.`,
      { cause: error },
    );
  }
}

async function inCache(
  spec: ToolSpec,
  config: ToolchainConfig,
  source: FoundTool["source"],
  notes: readonly string[],
): Promise<FoundTool> {
  const path = cachedPath(config.cacheFolder, spec.name, spec.version);
  return { name: spec.name, version: spec.version, source, path, notes };
}
