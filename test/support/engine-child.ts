import { readFile } from "node:fs/promises";
import type { EngineRequest } from "@seatrial/env-provisioner/engine/engine-request.ts";
import { runEngine } from "@seatrial/env-provisioner/engine/run-engine.ts";
import type { PlannedObject } from "@seatrial/env-provisioner/planned-object.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { project, stageOf, stateKey } from "./engine-world.ts";

/** A runner's process for tests that kill it: one `up` of the objects in the file that is named. */
export type EngineChildStart = Pick<EngineRequest, "folder" | "environmentId" | "pulumiPath"> & {
  kubeconfig: string;
  objects: PlannedObject[];
  previousState: string | null;
};

const [file = ""] = process.argv.slice(2);
const { kubeconfig, objects, previousState, ...start } = JSON.parse(
  await readFile(file, "utf8"),
) as EngineChildStart;
const kube = createKubeClient(await readKubeconfig(kubeconfig, null));
const { failure } = await runEngine({
  ...start,
  ...{ action: "up", project, kube, stages: [stageOf(objects)], stateKey, timeoutSeconds: 60 },
  previousState: previousState === null ? null : Buffer.from(previousState, "base64"),
  signal: new AbortController().signal,
  onStep: () => undefined,
  onSpawn: (pid) => process.stdout.write(`${pid}\n`),
});
await kube.close();
process.exit(failure === null ? 0 : 1);
