import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { objectReferenceSchema, proofSchema } from "@seatrial/contracts/environments/proof.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { noRepairs } from "@seatrial/env-provisioner/blockers/repair-policy.ts";
import { runJanitor } from "@seatrial/env-provisioner/janitor/run-janitor.ts";
import { environmentLabel, expiresLabel } from "@seatrial/env-provisioner/labels.ts";
import { makeProof } from "@seatrial/env-provisioner/proof/make-proof.ts";
import { applySweepAnswer } from "@seatrial/env-provisioner/sweep/apply-sweep-answer.ts";
import { findEnvironments } from "@seatrial/env-provisioner/sweep/find-environments.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canRunLab } from "../support/lab-stack.ts";
import { openRemovalWorld, type RemovalWorld, type TestEnvironment } from "../support/removal-world.ts";

const child = fileURLToPath(import.meta.resolve("../support/removal-child.ts"));

describe.runIf(canRunLab)("the removal of environments", () => {
  let world: RemovalWorld;
  beforeAll(async () => {
    world = await openRemovalWorld();
  });
  afterAll(() => world?.close());

  /** Events come and go by themselves. */
  const isLasting = ({ kind }: { kind: string }) => kind !== "Event";
  const exists = async (namespace: string) =>
    (await world.kubectl.run(["get", "namespace", namespace, "--ignore-not-found", "-o", "name"])) !== "";
  const recordedOf = async ({ namespace }: TestEnvironment) => {
    const read = async (kind: string, where: string[]) =>
      JSON.parse(await world.kubectl.run(["get", kind, ...where, "-o", "json"])) as {
        apiVersion: string;
        kind: string;
        metadata: { name: string; namespace?: string; uid: string };
      };
    const objects = await Promise.all([
      read("namespace", [namespace]),
      read("clusterrole", [namespace]),
      read("persistentvolume", [namespace]),
      read("deployment", ["deaf", "-n", namespace]),
      read("configmap", ["settings", "-n", namespace]),
    ]);
    return objects.map(({ apiVersion, kind, metadata: { name, namespace: inside, uid } }) =>
      objectReferenceSchema.parse({ apiVersion, kind, namespace: inside ?? null, name, uid }),
    );
  };

  test("takes everything of it along, and its proof agrees with what kubectl lists", async () => {
    const environment = await world.makeEnvironment();
    const recorded = await recordedOf(environment);
    const other = await world.makeEnvironment();
    expect(await world.listByKubectl(environment)).not.toEqual([]);
    const began = Date.now();
    const { proof, blockers } = await world.remove(environment, { recorded });
    console.log(`removed and proved in ${Date.now() - began} ms`);
    expect(await world.listByKubectl(environment)).toEqual([]);
    expect(proofSchema.parse(proof)).toMatchObject({
      ...{ complete: true, counts: { gone: recorded.length, left: 0, unchecked: 0 }, unlisted: [] },
      namespaceUid: recorded[0]?.uid,
    });
    expect(blockers).toEqual([]);
    expect(await exists(other.namespace)).toBe(true);
    expect(await world.listByKubectl(other)).not.toEqual([]);
    await world.remove(other);
  });

  test("a proof of one that is still there names exactly what kubectl lists", async () => {
    const environment = await world.makeEnvironment();
    const recorded = await recordedOf(environment);
    const { kube, cluster } = world;
    const proof = await makeProof({ kube, cluster, ...environment, recorded, clock: systemClock });
    const known = [
      ...new Set((await world.listByKubectl(environment)).filter(isLasting).map(({ uid }) => uid)),
    ];
    const left = proof.objects.filter(({ state }) => state === "left").filter(isLasting);
    expect(left.map(({ uid }) => uid).sort()).toEqual(known.sort());
    expect(left.length).toBeGreaterThan(10);
    expect(proof).toMatchObject({ complete: false, counts: { gone: 0, unchecked: 0 } });
    const { outcome } = world.begin(environment, { recorded });
    expect((await outcome).proof).toMatchObject({ complete: true, counts: { gone: recorded.length } });
  });

  test("of one that is gone, or that never was, is proved again", async () => {
    const environment = await world.makeEmpty();
    await world.remove(environment);
    const again = await world.remove(environment);
    expect(again).toMatchObject({ proof: { complete: true }, blockers: [] });
  });

  test("never touches a namespace of its name that does not carry its label", async () => {
    const environment = await world.makeEmpty({ [environmentLabel]: "e-somebodyelsesown1" });
    const foreign = { ...environment };
    const { proof } = await world.remove(foreign, { limitSeconds: 5 });
    expect(proof.complete).toBe(true);
    expect(await exists(foreign.namespace)).toBe(true);
    await world.kubectl.run(["delete", "namespace", foreign.namespace, "--wait=false"]);
  });

  test.each(["custom resources gone", "namespace deletion asked", "namespace empty", "namespace gone"])(
    "killed at the step '%s' and done again ends with a complete proof",
    async (dieAt) => {
      const environment = await world.makeEnvironment();
      const { environmentId, namespace } = environment;
      const first = spawn(process.execPath, [child, world.kubeconfig, environmentId, namespace, dieAt], {
        stdio: "inherit",
      });
      const [, signal] = await once(first, "exit");
      // The namespace controller may be the faster one to find it empty; then this step is never reached.
      if (dieAt !== "namespace empty") expect(signal).toBe("SIGKILL");
      expect((await world.remove(environment)).proof.complete).toBe(true);
      expect(await world.listByKubectl(environment)).toEqual([]);
    },
  );

  test("the janitor takes what has expired, with no hub, and leaves the rest", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const expired = await world.makeEnvironment({ [expiresLabel]: String(now - 2_000) });
    const young = await world.makeEmpty({ [expiresLabel]: String(now - 100) });
    const endless = await world.makeEmpty();
    const report = await runJanitor(janitor());
    expect(report).toEqual({ removed: [expired.environmentId], left: [], skipped: [] });
    expect(await world.listByKubectl(expired)).toEqual([]);
    expect(await exists(young.namespace)).toBe(true);
    expect(await exists(endless.namespace)).toBe(true);
    await world.remove(young);
    await world.remove(endless);
  });

  test("a sweep's answer removes only what is still what the hub judged, and writes its expiry", async () => {
    const [doomed, changed, extended] = await Promise.all([
      world.makeEmpty({ [expiresLabel]: "1750000000" }),
      world.makeEmpty({ [expiresLabel]: "1750000000" }),
      world.makeEmpty({ [expiresLabel]: "1750000000" }),
    ]);
    const found = await findEnvironments(world.kube);
    const judged = found.filter(({ environmentId }) =>
      [doomed, changed].some((one) => one.environmentId === environmentId),
    );
    expect(judged).toHaveLength(2);
    await world.kubectl.run([
      "label",
      "namespace",
      changed.namespace,
      `${expiresLabel}=1760000000`,
      "--overwrite",
    ]);
    const relabel = [{ ...extended, expiresAtEpochSeconds: 1_770_000_000 }];
    const report = await applySweepAnswer(janitor(), { remove: judged, held: [], missing: [], relabel });
    expect(report.removed).toEqual([doomed.environmentId]);
    expect(report.skipped).toMatchObject([{ environmentId: changed.environmentId }]);
    const after = await findEnvironments(world.kube);
    expect(after.find(({ environmentId }) => environmentId === extended.environmentId)).toMatchObject({
      expiresAtEpochSeconds: 1_770_000_000,
    });
    await world.remove(changed);
    await world.remove(extended);
  });

  function janitor() {
    const { kube, cluster } = world;
    const common = { kube, cluster, policy: noRepairs, clock: systemClock, logger: silentLogger };
    return { ...common, leaseNamespace: "default", holder: "janitor" };
  }
});
