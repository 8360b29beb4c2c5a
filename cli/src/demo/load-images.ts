import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Report } from "@seatrial/lab/base/report.ts";
import { agentImage, helperImage } from "@seatrial/lab/images/builtin-processes.ts";
import { labLoadBuiltin, labLoadSpec } from "@seatrial/lab/lab-load.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";

const run = promisify(execFile);
const bundler = join(import.meta.dirname, "../../../infra/bundle/bundle.mjs");

/** References by digest, so that pods get the very bytes that were loaded. */
export type LoadedImages = {
  agent: string;
  helper: string;
  busybox: string;
  presets: { pytest: string; node: string; vitest: string };
};

/** Builds Seatrial's own images and those of the presets from this repository, and loads them into the lab. */
export async function loadImages(report: Report): Promise<LoadedImages> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-bundle-"));
  try {
    const { stdout } = await run(process.execPath, [bundler, "--folder", folder, "agent"]);
    const helper = await findTool("helper", { report: createStepPrinter(report) });
    return {
      agent: (await labLoadSpec(await agentImage(stdout.trim()), { report })).pinnedReference,
      helper: (await labLoadSpec(await helperImage(helper.path), { report })).pinnedReference,
      busybox: (await labLoadBuiltin("busybox", { report })).pinnedReference,
      presets: {
        pytest: (await labLoadBuiltin("python", { report })).pinnedReference,
        node: (await labLoadBuiltin("node", { report })).pinnedReference,
        vitest: (await labLoadBuiltin("vitest", { report })).pinnedReference,
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
