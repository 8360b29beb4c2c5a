import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { type LabInventory, labInventory } from "@seatrial/lab/lab-inventory.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { createKubectl, restrictedNamespace, restrictedPod } from "../support/lab-pods.ts";

const space = "bench";

export type KillResult = {
  readonly killedAtSeconds: number;
  readonly repeatSeconds: number;
  readonly outcome: "repaired" | "not ready" | "something left";
};
export type LogResult = { readonly cluster: string; readonly found: number; readonly wanted: number };

export function isSame(one: LabInventory, other: LabInventory): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Starts a process that runs `up` of two clusters and kills it (SIGKILL) after some seconds. */
async function killUp(killedAtSeconds: number): Promise<void> {
  const module = fileURLToPath(import.meta.resolve("@seatrial/lab/lab-up.ts"));
  const script = `(await import(${JSON.stringify(module)})).labUp({ clusters: 2, driver: "native" })`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  const ended = once(child, "exit");
  await Promise.race([sleep(killedAtSeconds * 1000), ended]);
  child.kill("SIGKILL");
  await ended;
}

/** Takes the lab down right after a killed `up`, and says whether anything is left. */
export async function killUpAndTakeDown(killedAtSeconds: number, before: LabInventory): Promise<boolean> {
  await killUp(killedAtSeconds);
  await labDown();
  return isSame(await labInventory(), before);
}

/** Kills `up`, repeats it here, and takes the lab down. */
export async function killUpAndRepeat(killedAtSeconds: number, before: LabInventory): Promise<KillResult> {
  await killUp(killedAtSeconds);
  const startedAt = performance.now();
  await labUp({ clusters: 2, driver: "native" });
  const repeatSeconds = (performance.now() - startedAt) / 1000;
  const status = await labStatus();
  const components = status?.clusters.flatMap((cluster) => cluster.components) ?? [];
  const isReady = components.length === 16 && components.every((component) => component.isReady);
  await labDown();
  const isClean = isSame(await labInventory(), before);
  const outcome = !isReady ? "not ready" : isClean ? "repaired" : "something left";
  return { killedAtSeconds, repeatSeconds, outcome };
}

/**
 * Brings two clusters up with a pod in each that writes a numbered line every half second, and one that wrote 100
 * lines at once and ended; counts the lines that are still there after the time.
 */
export async function watchLogs(clusters: readonly string[], seconds: number): Promise<LogResult[]> {
  await labUp({ clusters: clusters.length, driver: "native" });
  const { pinnedReference } = await labLoadBuiltin("busybox");
  const early = ["sh", "-c", "seq 1 100"];
  const lineCount = seconds * 2;
  const steady = ["sh", "-c", `for i in $(seq 1 ${lineCount}); do echo $i; sleep 0.5; done`];
  const kubectls = await Promise.all(
    clusters.map(async (name) => ({ name, kubectl: await createKubectl(name) })),
  );
  for (const { kubectl } of kubectls) {
    await kubectl.apply(
      restrictedNamespace(space),
      restrictedPod(space, "early", pinnedReference, early),
      restrictedPod(space, "steady", pinnedReference, steady),
    );
  }
  return Promise.all(
    kubectls.map(async ({ name, kubectl }) => {
      const late = await kubectl.finish(space, "steady", seconds * 2 + 60);
      const first = await kubectl.finish(space, "early");
      const found = countInOrder(late.log) + countInOrder(first.log);
      return { cluster: name, found, wanted: lineCount + 100 };
    }),
  );
}

/** How many lines are 1, 2, 3 …, each in its place. */
function countInOrder(log: string): number {
  return log.split("\n").filter((line, index) => line === String(index + 1)).length;
}
