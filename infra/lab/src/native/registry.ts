import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../base/lab-error.ts";
import { readLogTail } from "../base/log-tail.ts";
import { waitUntil } from "../base/wait-until.ts";
import { writeFileWhole } from "../base/write-file.ts";
import { writeRegistryConfig } from "../files/registry-config.ts";
import { endMarkedProcesses } from "../process/end-process.ts";
import { type ProcessIdentity, readPidFile, writePidFile } from "../process/identity.ts";
import { startDetached } from "../process/start-detached.ts";
import { registryAddress } from "../state/cluster-plan.ts";
import { get } from "./probe.ts";

export const registryMarker = "registry";

export function registryPidFile(rootFolder: string): string {
  return join(rootFolder, "registry", "pid.json");
}

/** Starts the image registry on the bridge unless it runs, and waits until it answers. */
export async function ensureRegistry(rootFolder: string): Promise<ProcessIdentity> {
  const folder = join(rootFolder, "registry");
  const running = await readPidFile(registryPidFile(rootFolder));
  if (running) return running;
  // One whose starter was killed before it wrote the pid file would hold the port.
  await endMarkedProcesses(registryMarker);
  const configFile = join(folder, "config.yml");
  await mkdir(join(folder, "storage"), { recursive: true });
  await writeFileWhole(configFile, writeRegistryConfig(join(folder, "storage")));
  const logFile = join(folder, "registry.log");
  const identity = await startDetached({
    program: "docker-registry",
    arguments: ["serve", configFile],
    logFile,
    marker: registryMarker,
    wrapsChild: false,
  });
  await writePidFile(registryPidFile(rootFolder), identity);
  const answers = async (): Promise<boolean> =>
    (await readPidFile(registryPidFile(rootFolder))) === undefined ||
    (await get(`http://${registryAddress}/v2/`))?.status === 200;
  await waitUntil(answers, 20, 50);
  if (await readPidFile(registryPidFile(rootFolder))) return identity;
  throw new LabError(
    "not_ready",
    `The image registry ended. Last lines of ${logFile}:\n${await readLogTail(logFile)}`,
  );
}
