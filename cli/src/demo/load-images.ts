import { type SuiteTool, suiteTools } from "@seatrial/contracts/suites/suite-spec.ts";
import type { Report } from "@seatrial/lab/base/report.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { loadOwnImage } from "../lab/load-own-image.ts";

/** References by digest, so that pods get the very bytes that were loaded. */
export type LoadedImages = {
  agent: string;
  helper: string;
  /** Only where environments are to be made. */
  provisioner: string | null;
  busybox: string;
  /** Empty for a tool that was not asked for: a hub has no image for it then. */
  presets: Record<SuiteTool, string>;
};

export type ImageChoice = {
  /** The provisioner's too. */
  environments: boolean;
  /** Tools whose images are loaded; all of them without it. */
  presets?: readonly SuiteTool[];
  /** More of the lab's own images, such as `podinfo`. */
  applications?: readonly string[];
  /** Looked at between two images. */
  signal?: AbortSignal;
};

const presetImages: Record<SuiteTool, string> = { pytest: "python", node: "node", vitest: "vitest" };

/** Builds Seatrial's own images and those of the presets from this repository, and loads them into the lab. */
export async function loadImages(
  report: Report,
  choice: ImageChoice = { environments: false },
): Promise<LoadedImages> {
  const load = async (name: string) => {
    choice.signal?.throwIfAborted();
    return (await labLoadBuiltin(name, { report })).pinnedReference;
  };
  const wanted = choice.presets ?? suiteTools;
  const preset = async (tool: SuiteTool) => (wanted.includes(tool) ? load(presetImages[tool]) : "");
  const loaded = {
    agent: (await loadOwnImage("agent", report)).pinnedReference,
    helper: (await loadOwnImage("helper", report)).pinnedReference,
    provisioner: choice.environments ? await load("provisioner") : null,
    busybox: await load("busybox"),
    presets: {
      pytest: await preset("pytest"),
      node: await preset("node"),
      vitest: await preset("vitest"),
    },
  };
  for (const name of choice.applications ?? []) await load(name);
  return loaded;
}
