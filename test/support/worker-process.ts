import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { testCacheFolder, testPayloadKey } from "./test-worker.ts";

const main = fileURLToPath(new URL("../../workflows/src/main.ts", import.meta.url));

/** The worker as a process of its own, which may be killed at any moment. */
export function startWorkerProcess(options: {
  hubUrl: string;
  temporalAddress: string;
  taskQueue: string;
  token?: string;
  /** More variables, such as how it reaches a forge. */
  environment?: Record<string, string>;
}): ChildProcess {
  return spawn(process.execPath, [main], {
    env: {
      PATH: "/usr/bin:/bin",
      XDG_CACHE_HOME: testCacheFolder,
      SEATRIAL_HUB_URL: options.hubUrl,
      SEATRIAL_WORKER_TOKEN: options.token ?? "secret",
      SEATRIAL_LOG_LEVEL: "error",
      SEATRIAL_TEMPORAL_ADDRESS: options.temporalAddress,
      SEATRIAL_TEMPORAL_TASK_QUEUE: options.taskQueue,
      SEATRIAL_TEMPORAL_PAYLOAD_KEY: Buffer.from(testPayloadKey.key).toString("base64"),
      ...options.environment,
      ...options.environment,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Ends a process with SIGKILL and waits until it is gone. */
export async function killNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
