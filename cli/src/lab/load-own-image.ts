import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Report } from "@seatrial/lab/base/report.ts";
import { agentImage, helperImage } from "@seatrial/lab/images/builtin-processes.ts";
import { type LoadedImage, labLoadSpec } from "@seatrial/lab/lab-load.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";

const run = promisify(execFile);
const bundler = join(import.meta.dirname, "../../../infra/bundle/bundle.mjs");

/** Seatrial's own images, made from this repository. */
export type OwnImageName = "agent" | "helper";

export function isOwnImageName(name: string): name is OwnImageName {
  return name === "agent" || name === "helper";
}

/** Builds one of Seatrial's own images from this repository and loads it into the lab. Throws LabError. */
export async function loadOwnImage(name: OwnImageName, report: Report): Promise<LoadedImage> {
  if (name === "agent") return loadAgent(report);
  const helper = await findTool("helper", { report: createStepPrinter(report) });
  return labLoadSpec(await helperImage(helper.path), { report });
}

async function loadAgent(report: Report): Promise<LoadedImage> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-bundle-"));
  try {
    const { stdout } = await run(process.execPath, [bundler, "--folder", folder, "agent"]);
    return await labLoadSpec(await agentImage(stdout.trim()), { report });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
