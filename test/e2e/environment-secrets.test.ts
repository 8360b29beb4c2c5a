import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentTemplateInput } from "@seatrial/contracts/environments/environment-template.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMarker, type Place } from "../support/canary-marker.ts";
import { addQuotingPolicy } from "../support/canary-policy.ts";
import { type KeptState, readKeptState } from "../support/canary-states.ts";
import { filesWithSecrets, templateWithSecrets, troublesWithSecrets } from "../support/canary-template.ts";
import { type CanaryWorld, openCanaryWorld, type PlaceKind, placeKinds } from "../support/canary-world.ts";
import { canRunLab } from "../support/lab-stack.ts";

/** In Secrets of the environment. */
const secret = createMarker();
/** In a Secret by way of `values` in the configuration itself, which is no place for secrets. */
const inline = createMarker();
/** In places that anybody may read: what does not find it here would find no secret either. */
const control = createMarker();

const change = { sha: "abc", branch: null, title: control.mint("title"), dirty: false };
const template = (image: string) => templateWithSecrets(image, inline.mint("values")) as never;
/** Each round has other secrets. */
const filesOf = (round: number) =>
  filesWithSecrets((use) => secret.mint(`${use} ${round}`), control.mint("map"));

describe.runIf(canRunLab)(
  "secrets of an environment, everywhere that Seatrial keeps or tells something",
  () => {
    let box: CanaryWorld;
    let marked: ChildProcess;
    let environment: Environment;
    let failed: Map<string, Environment>;
    const states: KeptState[] = [];
    const contents: string[] = [];

    beforeAll(async () => {
      box = await openCanaryWorld();
      marked = spawn("sleep", ["3600"], {
        argv0: control.mint("argument"),
        env: { TOKEN: control.mint("variable") },
      });
      box.watched.push(marked.pid ?? 0);
      await box.upload({ "readme.txt": control.mint("content") });
      await box.project.getEnvironment(encodeURIComponent(control.mint("log"))).catch(() => undefined);
      environment = await liveTwice();
      failed = await failInEveryWay();
      environment = await breakAndRemove();
      await box.look(contents);
    });
    afterAll(async () => {
      marked?.kill();
      await box?.close();
    });

    const upload = async (files: Record<string, string>) => {
      const sha256 = await box.upload(files);
      contents.push(sha256);
      return sha256;
    };
    const make = async (name: string, template: EnvironmentTemplateInput, contentSha256: string) => {
      const { id } = await box.project.createEnvironment({ name, template, contentSha256, change });
      return box.until(id, ({ state }) => state === "ready" || state === "failed");
    };

    /** Made, changed to other secrets, asleep and awake. */
    async function liveTwice(): Promise<Environment> {
      const made = await make("preview", template(box.world.image), await upload(filesOf(1)));
      expect(made, made.reason ?? "").toMatchObject({ state: "ready" });
      await keepState(made.id);
      const update = { template: template(box.world.image), contentSha256: await upload(filesOf(2)) };
      await box.project.updateEnvironment(made.id, update);
      const updated = await box.until(
        made.id,
        ({ state, appliedGeneration }) =>
          state === "failed" || (state === "ready" && appliedGeneration === 2),
      );
      expect(updated, updated.reason ?? "").toMatchObject({ state: "ready" });
      await keepState(made.id);
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await box.project.pinEnvironment(made.id, { until, reason: control.mint("pin") });
      await box.project.sleepEnvironment(made.id);
      await box.until(made.id, ({ state }) => state === "sleeping");
      await box.project.wakeEnvironment(made.id);
      const awake = await box.until(made.id, ({ state }) => state === "ready" || state === "failed");
      expect(awake, awake.reason ?? "").toMatchObject({ state: "ready" });
      await box.look(contents);
      return awake;
    }

    async function failInEveryWay(): Promise<Map<string, Environment>> {
      await addQuotingPolicy(box.kube);
      const all = Object.entries(troublesWithSecrets(secret.mint));
      const ended = await Promise.all(
        all.map(async ([name, { component, files }]) => {
          const template = { components: [component], timeoutSeconds: 60 };
          const made = await make("broken", template, await upload(files));
          await keepState(made.id);
          await box.project.deleteEnvironment(made.id);
          return [name, made] as const;
        }),
      );
      return new Map(ended);
    }

    /** An update that the API server refuses, and the removal with its proof. */
    async function breakAndRemove(): Promise<Environment> {
      const { id } = environment;
      const files = filesOf(3);
      const app = (files["app.yaml"] ?? "").replace(
        "stringData: {token",
        `stringData: {quoted: "${secret.mint("refused")}", token`,
      );
      const contentSha256 = await upload({ ...files, "app.yaml": app });
      await box.project.updateEnvironment(id, { template: template(box.world.image), contentSha256 });
      const broken = await box.until(id, ({ state }) => state === "failed");
      failed.set("an update that is refused", broken);
      await keepState(id);
      await box.project.listEnvironmentEvents(id, { limit: 200 });
      await box.project.listObjects(id);
      await box.project.deleteEnvironment(id);
      const gone = await box.until(id, ({ state }) => state === "deleted");
      await box.project.getProof(id);
      await box.project.listEnvironmentEvents(id, { limit: 200 });
      await box.project.listEnvironments();
      for (const one of failed.values()) {
        await box.until(one.id, ({ state }) => state === "deleted");
        await box.project.listEnvironmentEvents(one.id, { limit: 200 });
      }
      return gone;
    }

    async function keepState(id: string): Promise<void> {
      const kept = await readKeptState(box, id);
      if (kept) states.push(kept);
    }

    const texts = (places: readonly Place[]) =>
      places.map(({ bytes }) => Buffer.from(bytes).toString("latin1"));

    test.each(placeKinds)("none stands in the %s, where a control canary is found", (kind: PlaceKind) => {
      expect(secret.search(box.places[kind])).toEqual([]);
      if (kind !== "histories") expect(control.search(box.places[kind])).not.toEqual([]);
    });

    test("Temporal keeps the environment's id, which the search finds once it is decoded", () => {
      const named = (how: string) =>
        texts(
          box.places.histories.filter(
            ({ name }) => name === `history environment/${environment.id} (${how})`,
          ),
        );
      expect(named("decoded").join()).toContain(environment.id);
      expect(named("as kept").length).toBe(named("decoded").length);
      expect(named("as kept").join()).not.toContain(environment.id);
      const database = box.places.files.filter(({ name }) => name.includes("temporal.db"));
      expect(texts(database).join()).toContain(environment.id);
    });

    test("each file that may hold one was read: logs of every part, blobs unpacked, an empty work folder", async () => {
      const names = new Set(box.places.files.map(({ name }) => name));
      for (const part of ["hub", "worker", "temporal", "provisioner-east"])
        expect(names).toContain(`file ${part}.log`);
      const found = control.search(box.places.files).map(({ place }) => place);
      expect(found).toContainEqual(expect.stringMatching(/hub\/blobs\/contents\/.* \(unpacked\)/));
      expect(found).toContain("file hub.log");
      const read = (file: string) =>
        texts(box.places.files.filter(({ name }) => name === `file ${file}`)).join();
      expect(read("provisioner-east.log")).toContain(environment.id);
      expect(read("worker.log")).toContain("worker connected");
      // Runners that wait for their operation have a home there with nothing in it, and their compiled program.
      const left = await readdir(join(box.world.folder, "operations-east"), { recursive: true });
      expect(left.filter((name) => !/^(home-[0-9a-f]+|compiled(\/.*)?)$/.test(name))).toEqual([]);
    });

    test("the user's own archives are the only files with them", async () => {
      const archives = await Promise.all(
        contents.map(async (sha256) => {
          const folder = join(box.world.folder, "hub/blobs/contents");
          const [project = ""] = await readdir(folder);
          return { name: sha256, bytes: await readFile(join(folder, project, sha256)) };
        }),
      );
      const found = new Set(secret.search(archives).map(({ place }) => place.split(" ")[0]));
      expect(found.size).toBe(new Set(contents).size);
    });

    test("a state holds ciphertexts for them, sealed as a whole", () => {
      const sealed = states.map((state) => state.sealed);
      const opened = states.map((state) => state.opened);
      // Two that were applied, that of a refused update, and those of at least two that were refused at once.
      expect(states.length).toBeGreaterThan(4);
      for (const marker of [secret, inline, control]) expect(marker.search(sealed)).toEqual([]);
      expect(secret.search(opened)).toEqual([]);
      expect(inline.search(opened)).toEqual([]);
      expect(control.search(opened)).not.toEqual([]);
      for (const text of texts(opened.slice(0, 2))) expect(text).toContain("ciphertext");
    });

    test("values in the configuration stay in the template's own columns of the database", () => {
      const found = placeKinds.flatMap((kind) => inline.search(box.places[kind]));
      const places = new Set(found.map(({ place }) => place));
      expect([...places].sort()).toEqual([
        "database environment_operations.template",
        "database environments.template",
      ]);
    });

    test("no process was given one, of all that an operation starts", () => {
      const seen = texts(box.places.processes).join("\n");
      for (const program of ["runner/main.ts", "pulumi up", "helm template", "kubectl kustomize"])
        expect(seen).toContain(program);
      const found = control
        .search(box.places.processes)
        .map(({ form, place }) => `${form} ${place.split(" ")[1]}`);
      expect(found).toEqual(expect.arrayContaining(["plain cmdline", "plain environ"]));
    });

    test("whatever fails beside one says why without it", () => {
      for (const [name, { state, reason, operations }] of failed) {
        expect(state, name).toBe("failed");
        expect(reason, name).toEqual(expect.any(String));
        expect(
          operations.some(({ failure }) => failure !== null),
          name,
        ).toBe(true);
      }
    });
  },
);
