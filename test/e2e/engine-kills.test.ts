import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isRunning } from "@seatrial/env-provisioner/engine/is-running.ts";
import { recoverState } from "@seatrial/env-provisioner/engine/recover-state.ts";
import type { PlannedObject } from "@seatrial/env-provisioner/planned-object.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EngineChildStart } from "../support/engine-child.ts";
import { type EngineWorld, openEngineWorld, planned, project, stageOf } from "../support/engine-world.ts";
import { canRunLab } from "../support/lab-stack.ts";

/** Milliseconds after the engine's start: before its program, in the middle of the applies, near the end. */
const moments = [60, 140, 170, 200, 230, 260, 290, 320, 360, 420];
const child = join(import.meta.dirname, "../support/engine-child.ts");

describe.runIf(canRunLab)("an engine that is killed", () => {
  let world: EngineWorld;
  let folder: string;
  beforeAll(async () => {
    await labDown();
    await labUp({ clusters: 1 });
    world = await openEngineWorld();
    folder = await mkdtemp(join(tmpdir(), "seatrial-kills-"));
  });
  afterAll(async () => {
    await world?.close();
    await labDown();
    await rm(folder, { recursive: true, force: true });
  });

  /** Each round makes other objects and removes those of the round before; some are outside of the namespace. */
  const roundOf = (namespace: string, round: number): PlannedObject[] => [
    planned("v1", "Namespace", namespace, null),
    ...[1, 2, 3, 4].flatMap((index) => [
      planned("v1", "ConfigMap", `settings-${round}-${index}`, namespace),
      planned("rbac.authorization.k8s.io/v1", "ClusterRole", `${namespace}-${round}-${index}`, null),
    ]),
    planned("v1", "ConfigMap", "steady", namespace, { data: { round: `${round}` } }),
  ];
  const expectAllRecorded = async (namespace: string, objects: readonly { kind: string; name: string }[]) =>
    expect(objects.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual(
      await world.labelled(namespace),
    );

  test("leaves a state that the next operation goes on from", async () => {
    const id = "e-killed-engine";
    let previousState: Uint8Array | null = null;
    for (const [round, moment] of moments.entries()) {
      const stages = [stageOf(roundOf(id, round))];
      const killed = await world.run(id, {
        ...{ stages, previousState },
        onSpawn: (pid) => void wait(moment).then(() => kill(pid)),
      });
      if (killed.failure !== null) expect(killed.failure.code).toBe("engine_failed");
      const again = await world.run(id, { stages, previousState: killed.state });
      expect(again.failure).toBeNull();
      expect(again.objects).toHaveLength(10);
      await expectAllRecorded(id, again.objects);
      previousState = again.state;
    }
    await world.run(id, { action: "destroy", previousState });
    expect(await world.labelled(id)).toEqual([]);
  });

  test("with its runner leaves a folder from which the state is recovered", async () => {
    const id = "e-killed-runner";
    let previousState: Uint8Array | null = null;
    for (const [round, moment] of moments.entries()) {
      const objects = roundOf(id, round);
      const recovered = await killRunner(id, objects, previousState, moment);
      const stages = [stageOf(objects)];
      const again = await world.run(id, { stages, previousState: recovered ?? previousState });
      expect(again.failure).toBeNull();
      await expectAllRecorded(id, again.objects);
      previousState = again.state;
    }
    await world.run(id, { action: "destroy", previousState });
    expect(await world.labelled(id)).toEqual([]);
  });

  async function killRunner(
    environmentId: string,
    objects: PlannedObject[],
    previousState: Uint8Array | null,
    moment: number,
  ): Promise<Uint8Array | null> {
    const own = await mkdtemp(join(folder, "round-"));
    const engineFolder = join(own, "engine");
    await mkdir(engineFolder);
    const { pulumiPath, kubeconfig } = world;
    const start: EngineChildStart = {
      ...{ folder: engineFolder, environmentId, pulumiPath, kubeconfig, objects },
      previousState: previousState === null ? null : Buffer.from(previousState).toString("base64"),
    };
    await writeFile(join(own, "start.json"), JSON.stringify(start));
    const runner = spawn(process.execPath, [child, join(own, "start.json")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const engine = await Promise.race([firstOutput(runner), exit(runner)]);
    await wait(moment);
    runner.kill("SIGKILL");
    await exit(runner);
    await untilDead(Number(engine));
    return recoverState({ folder: engineFolder, project, environmentId });
  }
});

const firstOutput = (process: ChildProcess) =>
  new Promise((resolve) => process.stdout?.once("data", resolve));

function exit(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => process.once("exit", () => resolve()));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended before.
  }
}

/** The engine ends by itself, because its pipe did. */
async function untilDead(pid: number): Promise<void> {
  while (await isRunning(pid)) await wait(20);
}
