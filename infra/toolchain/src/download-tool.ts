import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "./build-tool.ts";
import { cachedPath, placeInCache } from "./cache.ts";
import { downloadFile } from "./download-file.ts";
import { runProgram } from "./run-program.ts";
import { ToolError } from "./tool-error.ts";
import type { DownloadPin, ToolSpec } from "./tool-spec.ts";
import { runStep } from "./tool-step.ts";

/** The pin for this machine's platform, if one is known. */
export function pinForThisMachine(spec: ToolSpec): DownloadPin | undefined {
  return spec.downloads[`${process.platform}-${process.arch}`];
}

/**
 * Downloads a pinned tool into the cache and returns its path. The caller holds the build's lock.
 * Throws `download_failed`; what has arrived by then stays for the next try unless its sha256 was wrong.
 */
export async function downloadTool(spec: ToolSpec, pin: DownloadPin, context: BuildContext): Promise<string> {
  const folder = join(context.config.cacheFolder, ".downloading");
  const file = join(folder, `${spec.name}-${spec.version}-${pin.sha256.slice(0, 16)}`);
  const target = cachedPath(context.config.cacheFolder, spec.name, spec.version);
  const message = `downloading ${spec.version} from ${new URL(pin.url).host}`;
  await runStep(context.report, { tool: spec.name, source: "download", message }, async (step) => {
    const onBytes = (received: number): void => step.say(`${message}, ${Math.round(received / 1e6)} MB`);
    await downloadFile({ url: pin.url, sha256: pin.sha256, file, signal: context.signal, onBytes });
    if (pin.archiveMember === undefined) await placeInCache(file, target);
    else await placeMember(file, pin.archiveMember, folder, target);
  });
  return target;
}

async function placeMember(archive: string, member: string, folder: string, target: string): Promise<void> {
  const unpacked = await mkdtemp(join(folder, "unpack-"));
  try {
    const run = await runProgram("tar", ["-xzf", archive, "-C", unpacked, member]);
    if (run.exitCode !== 0) throw new ToolError("download_failed", `${member}: ${run.output.trim()}`);
    await placeInCache(join(unpacked, member), target);
    await rm(archive, { force: true });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}
