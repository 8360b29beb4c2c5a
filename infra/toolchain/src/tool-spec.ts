/** Versions of a program on PATH that are as good as the pinned one: minimum ≤ version < below. */
export type AcceptedVersions = { readonly minimum: string; readonly below: string };

/** A file whose content is known in advance. A `tar.gz` also names the program inside it. */
export type DownloadPin = {
  readonly url: string;
  readonly sha256: string;
  readonly archiveMember?: string;
};

/** How one Go module folder yields programs. `install` builds its `tool` lines; `build` one package. */
export type BuildRecipe = {
  /** Names the build, its lock and its temporary folder. */
  readonly key: string;
  readonly folder: string;
  /** Every program that this one build yields. */
  readonly programs: readonly string[];
  readonly how: { readonly kind: "install" } | { readonly kind: "build"; readonly package: string };
  readonly linkerFlags: readonly string[];
  /** Set when the program runs inside pods and not on this machine. */
  readonly targetSystem?: "linux";
};

export type ToolSpec = {
  readonly name: string;
  /** The version that is downloaded or built. */
  readonly version: string;
  /** Absent: a program of that name on PATH is never taken. */
  readonly accepted?: AcceptedVersions;
  readonly versionArguments: readonly string[];
  /** Keyed by `<platform>-<architecture>` in Node's words, for example `linux-x64`. */
  readonly downloads: Readonly<Record<string, DownloadPin>>;
  readonly build: BuildRecipe;
};

export const toolSources = ["configured", "path", "cache", "download", "build"] as const;
export type ToolSource = (typeof toolSources)[number];

export type FoundTool = {
  readonly name: string;
  readonly version: string;
  readonly source: ToolSource;
  /** Absolute path of the program. */
  readonly path: string;
  /** Why earlier sources were passed over, for example "no download pinned". */
  readonly notes: readonly string[];
};
