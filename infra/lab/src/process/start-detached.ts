import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { LabError } from "../base/lab-error.ts";
import { waitUntil } from "../base/wait-until.ts";
import { findChild, markerName, markerValue } from "./find-processes.ts";
import { identify, type ProcessIdentity } from "./identity.ts";

export type DetachedCommand = {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly logFile: string;
  /** The part of the lab that it belongs to, by which it is found when no pid file names it. */
  readonly marker: string;
  /** The program only wraps the wanted process (unshare, nsenter): its child's identity is wanted. */
  readonly wrapsChild: boolean;
};

/** A clean environment: a proxy variable of the caller would send the lab's traffic elsewhere. */
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Starts a process that outlives the caller, its output appended to a log file. Throws `not_ready` when it ends at once. */
export async function startDetached(command: DetachedCommand): Promise<ProcessIdentity> {
  await mkdir(dirname(command.logFile), { recursive: true });
  await using log = await open(command.logFile, "a", 0o600);
  const child = spawn(command.program, command.arguments, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log.fd, log.fd],
    env: { PATH: searchPath, HOME: "/root", [markerName]: await markerValue(command.marker) },
  });
  let failure: string | undefined;
  child.once("error", (error) => {
    failure = error.message;
  });
  child.once("exit", (exitCode, signal) => {
    failure ??= `it ended at once (${exitCode ?? signal})`;
  });
  child.unref();
  const pid = child.pid;
  let identity: ProcessIdentity | undefined;
  await waitUntil(
    async () => {
      if (pid !== undefined) identity = await (command.wrapsChild ? findChild(pid) : identify(pid));
      return identity !== undefined || failure !== undefined;
    },
    10,
    10,
  );
  if (identity) return identity;
  throw new LabError(
    "not_ready",
    `${command.program} did not start: ${failure}. Its log: ${command.logFile}`,
  );
}
