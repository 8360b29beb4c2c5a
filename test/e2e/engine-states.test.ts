import { parseCheckpoint } from "@seatrial/env-provisioner/engine/checkpoint.ts";
import type { KubernetesObject } from "@seatrial/env-provisioner/planned-object.ts";
import { openState } from "@seatrial/env-provisioner/state/seal-state.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EngineWorld, openEngineWorld, stageOf } from "../support/engine-world.ts";
import { canRunLab } from "../support/lab-stack.ts";
import {
  listStateFixtures,
  readStateFixture,
  recordedObjects,
  recordedSecret,
  type StateFixture,
} from "../support/state-fixture.ts";

const names = await listStateFixtures();
/** The engine makes its stack and its provider too. */
const own = 2;

test("there is a state of every part that is done", () => {
  expect(names).toContain("part-2");
});

describe.runIf(canRunLab).each(names)(
  "the state of %s, on a cluster that never saw its environment",
  (name) => {
    let world: EngineWorld;
    let image: string;
    let fixture: StateFixture;
    let state: Uint8Array;
    beforeAll(async () => {
      await labDown();
      await labUp({ clusters: 1 });
      image = (await labLoadBuiltin("busybox")).reference;
      world = await openEngineWorld();
      fixture = await readStateFixture(name);
      state = await openState(fixture.sealed, fixture);
    });
    afterAll(async () => {
      await world?.close();
      await labDown();
    });

    const objects = () => recordedObjects(fixture.environmentId, image);
    const run = (previousState: Uint8Array, action: "up" | "destroy") =>
      world.run(fixture.environmentId, {
        action,
        previousState,
        stateKey: fixture.key,
        stages: action === "up" ? [stageOf(objects())] : [],
      });
    const kinds = (all: readonly { kind: string }[]) => all.map(({ kind }) => kind).sort();

    test("opens with its key, and holds its objects and no secret in clear", () => {
      const checkpoint = parseCheckpoint(state);
      expect(checkpoint).toMatchObject({
        version: 3,
        checkpoint: { stack: `organization/${fixture.project}/${fixture.environmentId}` },
      });
      const resources = checkpoint?.checkpoint.latest?.resources ?? [];
      const recorded = resources.filter(({ custom, type }) => custom && type.startsWith("kubernetes:"));
      expect(kinds(recorded.map(({ inputs }) => inputs as KubernetesObject))).toEqual(
        kinds(objects().map(({ object }) => object)),
      );
      const text = Buffer.from(state).toString();
      expect(text).not.toContain(recordedSecret);
      expect(text).not.toContain(Buffer.from(recordedSecret).toString("base64"));
      expect(text).toContain("ciphertext");
    });

    test("its environment is made again where it is gone, then is the same, and is removed", async () => {
      const id = fixture.environmentId;
      const made = await run(state, "up");
      expect(made.failure).toBeNull();
      expect(kinds(made.objects)).toEqual(kinds(objects().map(({ object }) => object)));
      expect(await world.labelled(id)).toHaveLength(objects().length);
      const secret = await world.kube.get<KubernetesObject>(`/api/v1/namespaces/${id}/secrets/password`);
      expect(secret.data).toEqual({ PASSWORD: Buffer.from(recordedSecret).toString("base64") });

      const again = await run(made.state, "up");
      expect(again).toMatchObject({ failure: null, changes: { same: objects().length + own } });
      expect(await run(again.state, "destroy")).toMatchObject({ failure: null, objects: [] });
      expect(await world.labelled(id)).toEqual([]);
    });

    test("its environment, made without it meanwhile, is taken over", async () => {
      const stages = [stageOf(objects())];
      const lost = await world.run(fixture.environmentId, { stages, stateKey: fixture.key });
      expect(lost.failure).toBeNull();
      const taken = await run(state, "up");
      expect(taken.failure).toBeNull();
      const uids = (all: typeof taken.objects) => all.map(({ uid }) => uid).sort();
      expect(uids(taken.objects)).toEqual(uids(lost.objects));
      expect(await run(taken.state, "destroy")).toMatchObject({ failure: null, objects: [] });
    });

    test("its removal where it is gone only settles the state", async () => {
      expect(await run(state, "destroy")).toMatchObject({ failure: null, objects: [] });
    });
  },
);
