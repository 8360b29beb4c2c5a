import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { engineVersion } from "@seatrial/env-provisioner/engine/engine-versions.ts";
import { nameOfProvider } from "@seatrial/env-provisioner/engine/provider-choice.ts";
import { sealState } from "@seatrial/env-provisioner/state/seal-state.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { openEngineWorld, project, stageOf } from "./engine-world.ts";
import { recordedObjects, statesFolder } from "./state-fixture.ts";

/*
 * Makes an environment on the lab's first cluster, keeps its sealed state with a throw-away key as a fixture, and
 * removes it again: `seatrial lab up --clusters 1`, then `node test/support/record-state.ts part-2`.
 */
const [name = ""] = process.argv.slice(2);
if (!/^[a-z0-9-]+$/.test(name)) throw new Error("name the fixture, such as part-2");
const environmentId = `e-${name}`;
const key = randomBytes(32);
const image = (await labLoadBuiltin("busybox")).reference;
const world = await openEngineWorld();
const stages = [stageOf(recordedObjects(environmentId, image))];
const made = await world.run(environmentId, { stages, stateKey: key });
if (made.failure) throw made.failure;
const folder = join(statesFolder, name);
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "state.sealed"), await sealState(made.state, { key, environmentId }));
await writeFile(join(folder, "key.base64"), `${key.toString("base64")}\n`);
const about = {
  environmentId,
  project,
  engine: engineVersion,
  provider: nameOfProvider({ kind: "embedded" }),
};
await writeFile(join(folder, "environment.json"), `${JSON.stringify(about, null, 2)}\n`);
await world.run(environmentId, { action: "destroy", previousState: made.state, stateKey: key });
await world.close();
