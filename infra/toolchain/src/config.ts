import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { ToolError } from "./tool-error.ts";

export type ToolchainConfig = {
  /** Tools live in `<cacheFolder>/<tool>/<version>/<tool>`, outside any repository. */
  readonly cacheFolder: string;
  readonly pathFolders: readonly string[];
  /** The path that the user configured for a tool, with where it was written. */
  readonly configuredPath: (tool: string) => { path: string; from: string } | undefined;
  /** What child programs (Go, the tools themselves) are started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads where tools may lie. For a tool `kube-proxy`: the variable `SEATRIAL_TOOL_KUBE_PROXY`, else the key
 * `kube-proxy` of `$XDG_CONFIG_HOME/seatrial/tools.json` (`~/.config` when unset).
 * Throws `configuration_invalid` for a file that is not an object of absolute paths.
 */
export function readToolchainConfig(environment: Environment = process.env): ToolchainConfig {
  const home = environment.HOME ?? homedir();
  const file = join(baseFolder(environment.XDG_CONFIG_HOME, home, ".config"), "seatrial", "tools.json");
  const paths = readPaths(file);
  return {
    cacheFolder: join(baseFolder(environment.XDG_CACHE_HOME, home, ".cache"), "seatrial", "tools"),
    pathFolders: (environment.PATH ?? "").split(delimiter).filter(isAbsolute),
    configuredPath: (tool) => {
      const variable = `SEATRIAL_TOOL_${tool.toUpperCase().replaceAll("-", "_")}`;
      const value = environment[variable];
      if (value) return { path: value, from: variable };
      const path = paths.get(tool);
      return path === undefined ? undefined : { path, from: file };
    },
    environment,
  };
}

/** The XDG specification says that a relative path is invalid and to be ignored. */
function baseFolder(value: string | undefined, home: string, fallback: string): string {
  return value && isAbsolute(value) ? value : join(home, fallback);
}

function readPaths(file: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return new Map();
  }
  const paths = new Map<string, string>();
  for (const [tool, path] of Object.entries(parseObject(file, text))) {
    if (typeof path !== "string" || !isAbsolute(path)) {
      throw new ToolError(
        "configuration_invalid",
        `${file}: "${tool}" must be an absolute path of a program, got ${JSON.stringify(path)}.`,
      );
    }
    paths.set(tool, path);
  }
  return paths;
}

function parseObject(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Falls through to the same message: what is wrong is the file's shape.
  }
  throw new ToolError(
    "configuration_invalid",
    `${file} must hold one JSON object, for example {"helm": "/usr/local/bin/helm"}.`,
  );
}
