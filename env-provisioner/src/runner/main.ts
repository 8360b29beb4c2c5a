import { flushCompileCache } from "node:module";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import type { FromRunner, RunnerStart, StopReason, ToRunner } from "../operations/runner-messages.ts";
import { createContext } from "./create-context.ts";
import { runOperation } from "./run-operation.ts";

/*
 * The program of a runner: one operation, told by its parent's channel, and then the end. Without a parent it must not
 * go on, because nobody would keep its lease: the whole group dies when the channel closes.
 */
const tell = (message: FromRunner) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
const stopping = new AbortController();
let stopReason: StopReason | null = null;

process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.on("message", (message: ToRunner) => {
  if (message.type === "start") void run(message);
  else {
    stopReason ??= message.reason;
    stopping.abort(new Error(`the operation was stopped: ${message.reason}`));
  }
});
if (process.argv.includes("--load-engine")) {
  await (await import("../engine/load-engine.ts")).loadEngine();
  // For the runners after it: this process ends by a signal, at which nothing would be kept.
  flushCompileCache();
}
await tell({ type: "ready" });

async function run(start: RunnerStart): Promise<void> {
  const access = await openKubernetes(start.settings.kubernetes);
  const kube = createKubeClient(access, {
    userAgent: `seatrial-runner/${start.work.operationId}.${process.pid}`,
  });
  const context = createContext(start, {
    kube,
    clock: systemClock,
    folder: start.folder,
    signal: stopping.signal,
    stopReason: () => stopReason,
    tell: (message) => void tell(message),
  });
  const result = await runOperation(context);
  flushCompileCache();
  // The parent ends this process once it has read that: what is told just before an exit may be lost.
  await tell({ type: "result", result });
}
