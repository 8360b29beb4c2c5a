import type { KubernetesObject } from "@seatrial/env-provisioner/planned-object.ts";
import { openState, sealState } from "@seatrial/env-provisioner/state/seal-state.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  deployment,
  type EngineWorld,
  elevenObjects,
  openEngineWorld,
  planned,
  secretCanary,
  stageOf,
  stateKey,
} from "../support/engine-world.ts";
import { canRunLab } from "../support/lab-stack.ts";

/** The engine makes its stack and its provider too. */
const own = 2;

describe.runIf(canRunLab)("the engine on a real cluster", () => {
  let world: EngineWorld;
  let image: string;
  beforeAll(async () => {
    await labDown();
    await labUp({ clusters: 1 });
    image = (await labLoadBuiltin("busybox")).pinnedReference;
    world = await openEngineWorld();
  });
  afterAll(async () => {
    await world?.close();
    await labDown();
  });

  const read = (path: string) => world.kube.get<KubernetesObject>(path);

  test("makes, leaves alone, changes one of and removes eleven objects", async () => {
    const id = "e-eleven";
    const made = await world.run(id, { stages: [stageOf(elevenObjects(id))] });
    expect(made).toMatchObject({ failure: null, changes: { create: 11 + own } });
    expect(made.objects).toHaveLength(11);
    expect(made.objects.every(({ uid }) => uid !== null)).toBe(true);
    expect(await world.labelled(id)).toHaveLength(11);

    const again = await world.run(id, { stages: [stageOf(elevenObjects(id))], previousState: made.state });
    expect(again).toMatchObject({ failure: null, changes: { same: 11 + own } });

    const changed = await world.run(id, {
      stages: [stageOf(elevenObjects(id, "2"))],
      previousState: again.state,
    });
    expect(changed).toMatchObject({ failure: null, changes: { same: 10 + own, update: 1 } });
    expect((await read(`/api/v1/namespaces/${id}/configmaps/one`)).data).toEqual({ text: "2" });

    const removed = await world.run(id, { action: "destroy", previousState: changed.state });
    expect(removed).toMatchObject({ failure: null, objects: [] });
    expect(await world.labelled(id)).toEqual([]);
  });

  test("a removal after everything is gone only settles the state", async () => {
    const id = "e-gone";
    const made = await world.run(id, { stages: [stageOf(elevenObjects(id))] });
    await world.run(id, { action: "destroy", previousState: made.state });
    const again = await world.run(id, { action: "destroy", previousState: made.state });
    expect(again).toMatchObject({ failure: null, objects: [] });
  });

  test("replaces what cannot be changed in place", async () => {
    const id = "e-replace";
    const plan = (text: string) => [
      planned("v1", "Namespace", id, null),
      planned("v1", "ConfigMap", "fixed", id, { data: { text }, immutable: true }),
    ];
    const made = await world.run(id, { stages: [stageOf(plan("1"))] });
    const changed = await world.run(id, { stages: [stageOf(plan("2"))], previousState: made.state });
    expect(changed).toMatchObject({ failure: null, changes: { replace: 1, same: 1 + own } });
    expect((await read(`/api/v1/namespaces/${id}/configmaps/fixed`)).data).toEqual({ text: "2" });
  });

  test("another version of its API changes an object and neither makes nor deletes one", async () => {
    const id = "e-version";
    const plan = (apiVersion: string) => [
      planned("v1", "Namespace", id, null),
      planned(apiVersion, "HorizontalPodAutoscaler", "web", id, {
        spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
      }),
    ];
    const made = await world.run(id, { stages: [stageOf(plan("autoscaling/v1"))] });
    const changed = await world.run(id, {
      stages: [stageOf(plan("autoscaling/v2"))],
      previousState: made.state,
    });
    expect(changed).toMatchObject({ failure: null, changes: { update: 1, same: 1 + own } });
    const before = made.objects.find(({ kind }) => kind !== "Namespace")?.uid;
    expect(changed.objects.find(({ kind }) => kind !== "Namespace")?.uid).toBe(before);
  });

  test("refuses an object of somebody else, with file and line, and does not touch it", async () => {
    const id = "e-foreign";
    const plan = [planned("v1", "Namespace", id, null), planned("v1", "ConfigMap", "theirs", id)];
    const first = await world.run(id, { stages: [stageOf(plan.slice(0, 1))] });
    const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs" }, data: { a: "1" } };
    const path = `/api/v1/namespaces/${id}/configmaps`;
    await world.kube.post(path, theirs);
    const before = await read(`${path}/theirs`);
    const { failure, state } = await world.run(id, { stages: [stageOf(plan)], previousState: first.state });
    expect(failure).toMatchObject({
      code: "foreign_object",
      place: { file: "templates/theirs.yaml", line: 3 },
    });
    expect(failure?.message).toContain("ConfigMap e-foreign/theirs");
    await world.run(id, { stages: [stageOf(plan.slice(0, 1))], previousState: state });
    expect(await read(`${path}/theirs`)).toEqual(before);
  });

  test("takes over what carries its label when the state is lost", async () => {
    const id = "e-lost";
    const made = await world.run(id, { stages: [stageOf(elevenObjects(id))] });
    const again = await world.run(id, { stages: [stageOf(elevenObjects(id))] });
    expect(again.failure).toBeNull();
    const sorted = (outcome: typeof made) => outcome.objects.map(({ uid }) => uid).sort();
    expect(sorted(again)).toEqual(sorted(made));
  });

  test("puts no secret into its state, in clear or encoded, and none into what is told", async () => {
    const id = "e-secret";
    const told: string[] = [];
    const outcome = await world.run(id, {
      stages: [stageOf(elevenObjects(id))],
      onStep: (step) => told.push(JSON.stringify(step)),
    });
    const state = Buffer.from(outcome.state).toString("utf8");
    const encoded = Buffer.from(secretCanary).toString("base64");
    const secret = await read(`/api/v1/namespaces/${id}/secrets/password`);
    expect(secret.data).toEqual({ password: encoded });
    for (const text of [state, JSON.stringify(outcome.objects), told.join()]) {
      expect(text).not.toContain(secretCanary);
      expect(text).not.toContain(encoded);
    }
    expect(state).toContain("ciphertext");
    const seal = { key: stateKey, environmentId: id };
    expect(Buffer.from(await openState(await sealState(outcome.state, seal), seal)).toString()).toBe(state);
  });

  test("a key that leaves a Secret's stringData leaves the cluster too", async () => {
    const id = "e-keys";
    const plan = (stringData: Record<string, string>) => [
      planned("v1", "Namespace", id, null),
      planned("v1", "Secret", "keys", id, { stringData }),
    ];
    const made = await world.run(id, { stages: [stageOf(plan({ one: "1", two: "2" }))] });
    await world.run(id, { stages: [stageOf(plan({ one: "1" }))], previousState: made.state });
    const secret = await read(`/api/v1/namespaces/${id}/secrets/keys`);
    expect(secret.data).toEqual({ one: Buffer.from("1").toString("base64") });
  });

  test("names the image that keeps a Deployment from being ready, and mends it with the next template", async () => {
    const id = "e-image";
    const namespace = planned("v1", "Namespace", id, null);
    const wrong = "10.88.0.1:5000/seatrial/nothing:1";
    const broken = await world.run(id, {
      stages: [stageOf([namespace, deployment(id, wrong)])],
      timeoutSeconds: 6,
    });
    expect(broken.failure).toMatchObject({ code: "not_ready", place: { file: "templates/web.yaml" } });
    expect(broken.failure?.message).toMatch(
      /Deployment e-image\/web: not ready: .*(ErrImagePull|ImagePullBackOff)/,
    );
    expect(broken.failure?.message).toContain(wrong);
    const mended = await world.run(id, {
      stages: [stageOf([namespace, deployment(id, image)])],
      previousState: broken.state,
    });
    expect(mended).toMatchObject({ failure: null, changes: { update: 1 } });
  });

  test("makes the second stage from what the first one became", async () => {
    const id = "e-stages";
    const service = planned("v1", "Service", "web", id, {
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    const first = stageOf([planned("v1", "Namespace", id, null), service, deployment(id, image)], {
      outputs: { address: { object: "Service/web", field: "spec.clusterIP" } },
    });
    const second = stageOf([], {
      name: "client",
      plan: async ({ web }) => [
        planned("v1", "ConfigMap", "client", id, { data: { address: web?.address } }),
      ],
    });
    const outcome = await world.run(id, { stages: [first, second] });
    expect(outcome.failure).toBeNull();
    const { spec } = (await read(`/api/v1/namespaces/${id}/services/web`)) as {
      spec?: { clusterIP?: string };
    };
    const client = await read(`/api/v1/namespaces/${id}/configmaps/client`);
    expect(client.data).toEqual({ address: spec?.clusterIP });
    const names = outcome.steps.map(({ name }) => name);
    expect(names).toEqual([
      ...[
        "engine start",
        "plan web",
        "apply web",
        "ready web",
        "plan client",
        "apply client",
        "ready client",
      ],
      "engine end",
    ]);
  });

  test("what the API server refuses is told with its name and place, and a Secret's content is not", async () => {
    const id = "e-refused";
    const wrong = planned("v1", "ConfigMap", "wrong", id, { data: { a: { b: 1 } } });
    const namespace = planned("v1", "Namespace", id, null);
    const refused = await world.run(id, { stages: [stageOf([namespace, wrong])] });
    expect(refused.failure).toMatchObject({ code: "apply_refused", place: { file: "templates/wrong.yaml" } });
    const secret = planned("v1", "Secret", "wrong", id, { data: { a: `!${secretCanary}!` } });
    const hidden = await world.run(id, {
      stages: [stageOf([namespace, secret])],
      previousState: refused.state,
    });
    expect(hidden.failure?.code).toBe("apply_refused");
    expect(JSON.stringify([hidden.failure?.message, Buffer.from(hidden.state).toString()])).not.toContain(
      secretCanary,
    );
  });

  test("stops when it is asked to, and keeps what it began", async () => {
    const id = "e-stopped";
    const stop = new AbortController();
    const stages = [
      stageOf([planned("v1", "Namespace", id, null), deployment(id, "10.88.0.1:5000/seatrial/nothing:1")]),
    ];
    const running = world.run(id, { stages, signal: stop.signal });
    const seen = async () => (await world.labelled(id)).includes("Deployment/web");
    while (!(await seen())) await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    const outcome = await running;
    expect(outcome.failure?.code).toBe("cancelled");
    expect(outcome.objects.map(({ kind }) => kind).sort()).toEqual(["Deployment", "Namespace"]);
  });
});
