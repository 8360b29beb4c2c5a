import { isAlive } from "@seatrial/toolchain/process-identity.ts";
import { waitUntil } from "../base/wait-until.ts";
import { findMarkedProcesses } from "./find-processes.ts";
import type { ProcessIdentity } from "./identity.ts";

/** Sends a signal to exactly this process. Nothing happens when it has ended, also when its pid was given again. */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(identity))) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Asks a process to end (SIGTERM), and ends it after `graceSeconds`. Returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceSeconds: number): Promise<void> {
  const isGone = async (): Promise<boolean> => !(await isAlive(identity));
  if (graceSeconds > 0) {
    await signalProcess(identity, "SIGTERM");
    if (await waitUntil(isGone, graceSeconds, 50)) return;
  }
  await signalProcess(identity, "SIGKILL");
  await waitUntil(isGone, 10, 20);
}

/** Ends every process that carries the marker (any marker without one), also those that no pid file names. */
export async function endMarkedProcesses(marker?: string): Promise<void> {
  await waitUntil(
    async () => {
      const left = await findMarkedProcesses(marker);
      for (const identity of left) await signalProcess(identity, "SIGKILL");
      return left.length === 0;
    },
    20,
    50,
  );
}
