import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Checkpoint, type CheckpointResource, objectsOf, type PendingOperation } from "./checkpoint.ts";
import { locksFolder, stateFile } from "./engine-folder.ts";
import { mendCheckpoint, recoverState, withoutSecrets } from "./recover-state.ts";

const urn = (name: string) => `urn:pulumi:e-1::default::kubernetes:core/v1:ConfigMap::web/${name}`;
const resource = (name: string, rest: Partial<CheckpointResource> = {}): CheckpointResource => ({
  ...{ urn: urn(name), type: "kubernetes:core/v1:ConfigMap", custom: true },
  inputs: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "web" } },
  ...rest,
});
const made = (name: string, rest: Partial<CheckpointResource> = {}) =>
  resource(name, {
    id: `web/${name}`,
    outputs: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "web", uid: `uid-${name}` },
    },
    ...rest,
  });
const checkpoint = (resources: CheckpointResource[], pending: PendingOperation[] = []): Checkpoint => ({
  version: 3,
  checkpoint: { latest: { resources, pending_operations: pending, secrets_providers: { type: "cloud" } } },
});
const resourcesOf = (mended: Checkpoint) => mended.checkpoint.latest?.resources ?? [];

describe("the state of an engine that was killed", () => {
  test("takes in what was being made, so that it is applied again and never forgotten", () => {
    const mended = mendCheckpoint(
      checkpoint([made("one")], [{ type: "creating", resource: resource("two") }]),
    );
    expect(mended.checkpoint.latest?.pending_operations).toBeUndefined();
    expect(resourcesOf(mended)[1]).toMatchObject({ id: "web/two", initErrors: ["interrupted: creating"] });
    expect(objectsOf(mended).map(({ name, uid }) => [name, uid])).toEqual([
      ["one", "uid-one"],
      ["two", null],
    ]);
  });

  test.each(["updating", "deleting"])("does not trust what it knows of an object that was %s", (type) => {
    const mended = mendCheckpoint(checkpoint([made("one"), made("two")], [{ type, resource: made("one") }]));
    expect(resourcesOf(mended)).toEqual([made("one", { initErrors: [`interrupted: ${type}`] }), made("two")]);
  });

  test("puts the new object in the place of the one it replaces", () => {
    const old = made("one", { pendingReplacement: true });
    const mended = mendCheckpoint(checkpoint([old], [{ type: "creating", resource: resource("one") }]));
    expect(resourcesOf(mended)).toHaveLength(1);
    expect(resourcesOf(mended)[0]?.pendingReplacement).toBeUndefined();
  });

  test("keeps an old object that is still to be deleted beside the new one", () => {
    const old = made("one", { delete: true });
    const mended = mendCheckpoint(checkpoint([old], [{ type: "creating", resource: resource("one") }]));
    expect(resourcesOf(mended)).toHaveLength(2);
    expect(resourcesOf(mended)[0]).toEqual(old);
  });

  test("is left as it is when nothing was under way", () => {
    const whole = checkpoint([made("one")]);
    expect(mendCheckpoint(whole)).toBe(whole);
  });

  test("opens for a removal without its key", () => {
    const data = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "v1:…",
    };
    const bare = withoutSecrets(checkpoint([made("one", { inputs: { kind: "Secret", data } })]));
    expect(bare.checkpoint.latest?.secrets_providers).toBeUndefined();
    expect(resourcesOf(bare)[0]?.inputs).toEqual({ kind: "Secret", data: null });
  });
});

describe("the folder of an operation that was killed", () => {
  const of = { project: "default", environmentId: "e-1" };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "seatrial-recover-"));
    await mkdir(join(stateFile({ folder, ...of }), ".."), { recursive: true });
    await mkdir(locksFolder({ folder, ...of }), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));
  const lock = (pid: number) =>
    writeFile(join(locksFolder({ folder, ...of }), "a.json"), JSON.stringify({ pid, username: "root" }));

  test("gives the mended state, and its dead lock is removed", async () => {
    const pending = [{ type: "creating", resource: resource("two") }];
    await writeFile(stateFile({ folder, ...of }), JSON.stringify(checkpoint([], pending)));
    // No process has this number: it is above the kernel's largest.
    await lock(2 ** 22 + 1);
    const state = await recoverState({ folder, ...of });
    expect(objectsOf(JSON.parse(Buffer.from(state ?? []).toString()) as Checkpoint)).toHaveLength(1);
    expect(await recoverState({ folder, ...of })).toEqual(state);
  });

  test("is left alone while its engine runs", async () => {
    await lock(process.pid);
    await expect(recoverState({ folder, ...of })).rejects.toMatchObject({ code: "lock_held" });
  });

  test("gives nothing when the state was never written, or only in part", async () => {
    expect(await recoverState({ folder, ...of })).toBeNull();
    await writeFile(stateFile({ folder, ...of }), '{"version":3,"checkpo');
    expect(await recoverState({ folder, ...of })).toBeNull();
  });
});
