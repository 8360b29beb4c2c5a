import { cachedPath } from "./cache.ts";
import { readToolchainConfig } from "./config.ts";
import { pinForThisMachine } from "./download-tool.ts";
import { type FindToolOptions, findInstalled } from "./find-tool.ts";
import { ToolError } from "./tool-error.ts";
import type { ToolSource, ToolSpec } from "./tool-spec.ts";
import { loadToolSpecs } from "./tool-specs.ts";

export type ListedTool = {
  readonly name: string;
  readonly version: string;
  readonly source: ToolSource;
  /** Where it is, or where it will be once it is downloaded or built. */
  readonly path: string;
  readonly state: "present" | "absent" | "unusable";
  readonly notes: readonly string[];
};

/** Says for every tool where `findTool` would take it from, without downloading or building anything. */
export async function listTools(
  options: Pick<FindToolOptions, "config" | "specs"> = {},
): Promise<readonly ListedTool[]> {
  const specs = options.specs ?? (await loadToolSpecs());
  const config = options.config ?? readToolchainConfig();
  return Promise.all(specs.map((spec) => listTool(spec, config)));
}

async function listTool(spec: ToolSpec, config: ReturnType<typeof readToolchainConfig>): Promise<ListedTool> {
  const notes: string[] = [];
  try {
    const found = await findInstalled(spec, config, notes);
    if (found) return { ...found, state: "present" };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const path = config.configuredPath(spec.name)?.path ?? "";
    const { name, version } = spec;
    return { name, version, source: "configured", path, state: "unusable", notes: [error.message] };
  }
  const pinned = pinForThisMachine(spec) !== undefined;
  if (!pinned) notes.push("no download pinned");
  return {
    name: spec.name,
    version: spec.version,
    source: pinned ? "download" : "build",
    path: cachedPath(config.cacheFolder, spec.name, spec.version),
    state: "absent",
    notes,
  };
}
