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
  presets: { pytest: string; node: string; vitest: string };
};

/** Builds Seatrial's own images and those of the presets from this repository, and loads them into the lab. */
export async function loadImages(
  report: Report,
  options: { environments: boolean } = { environments: false },
): Promise<LoadedImages> {
  return {
    agent: (await loadOwnImage("agent", report)).pinnedReference,
    helper: (await loadOwnImage("helper", report)).pinnedReference,
    provisioner: options.environments
      ? (await labLoadBuiltin("provisioner", { report })).pinnedReference
      : null,
    busybox: (await labLoadBuiltin("busybox", { report })).pinnedReference,
    presets: {
      pytest: (await labLoadBuiltin("python", { report })).pinnedReference,
      node: (await labLoadBuiltin("node", { report })).pinnedReference,
      vitest: (await labLoadBuiltin("vitest", { report })).pinnedReference,
    },
  };
}
