import { type ChildProcess, spawn } from "node:child_process";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CanaryForge, openCanaryForge } from "../support/canary-forge.ts";
import { createMarker, type Marker, type Place } from "../support/canary-marker.ts";
import { addQuotingPolicy } from "../support/canary-policy.ts";
import { repositoryWithSecrets } from "../support/canary-repository.ts";
import { type KeptState, readKeptState } from "../support/canary-states.ts";
import { placeKinds } from "../support/canary-world.ts";
import type { PullHandle } from "../support/github/pull-handle.ts";
import { canRunLab } from "../support/lab-stack.ts";

const secret = createMarker();
const inline = createMarker();
const printed = createMarker();
const webhook = createMarker();
const control = createMarker();
const webhookSecret = webhook.mint("secret");

describe.runIf(canRunLab)(
  "secrets of a pull request, everywhere that Seatrial keeps or tells something",
  () => {
    let forge: CanaryForge;
    let marked: ChildProcess;
    let pull: PullHandle;
    const states: KeptState[] = [];

    beforeAll(async () => {
      forge = await openCanaryForge(webhookSecret);
      const { box } = forge;
      marked = spawn("sleep", ["3600"], {
        argv0: control.mint("argument"),
        env: { TOKEN: control.mint("variable") },
      });
      box.watched.push(marked.pid ?? 0);
      await box.project.getEnvironment(encodeURIComponent(control.mint("log"))).catch(() => undefined);
      await addQuotingPolicy(box.kube);
      await redCommit();
      await refusedCommit();
      await wrongCommit();
      await strangers();
      await closeAndForget();
    });
    afterAll(async () => {
      marked?.kill();
      await forge?.close();
    });

    const files = () => {
      const { image: busybox, testImage: python } = forge.box.world;
      const { mint } = secret;
      const canaries = { secret: mint, inline: inline.mint, printed: printed.mint, control: control.mint };
      return repositoryWithSecrets(canaries, { busybox, python });
    };
    const isAt = (state: string) => (now: PullRequest) =>
      now.commits[0]?.sha === pull.headSha && now.commits[0].state === state;

    /** The verdict is there, and GitHub knows it. */
    async function untilTold(state: string, conclusion: string): Promise<PullRequest> {
      const now = await forge.until(pull.number, isAt(state));
      const isTold = () => pull.checks().at(-1)?.conclusion === conclusion;
      expect(await waitUntil(async () => isTold(), 120), "GitHub was not told").toBe(true);
      for (const { runId } of now.commits[0]?.runs ?? []) {
        if (runId === null) continue;
        await forge.box.project.getRun(runId);
        await forge.box.project.listResults(runId, { limit: 200 });
        await forge.box.project.listShards(runId);
      }
      for (const { environmentId } of now.environments) {
        const kept = await readKeptState(forge.box, environmentId);
        if (kept) states.push(kept);
      }
      return now;
    }

    /** Environment and suite get their secrets, and a test is red. */
    async function redCommit(): Promise<void> {
      const title = control.mint("title");
      pull = await forge.shop.open({ by: "author", branch: "change", files: files(), title });
      await untilTold("failed", "failure");
      await forge.box.look([]);
    }

    /** GitHub is away for a moment; then the cluster refuses a Secret and quotes it. */
    async function refusedCommit(): Promise<void> {
      forge.github.fail({ kind: "status", status: 502, times: 4 });
      const app = String(files()["app.yaml"] ?? "");
      const quoted = `stringData: {quoted: "${secret.mint("refused")}", token`;
      await pull.push({ ...files(), "app.yaml": app.replace("stringData: {token", quoted) });
      await untilTold("errored", "failure");
    }

    /** A secret beside mistakes of the configuration, which like to quote the line. */
    async function wrongCommit(): Promise<void> {
      const wrong = String(files()["seatrial.yaml"] ?? "").replace(
        'variable of a suite"}',
        'variable of a suite", SECOND: ["a"], retries: 1} "b',
      );
      await pull.push({ "seatrial.yaml": wrong });
      await untilTold("errored", "failure");
    }

    /** A delivery that somebody forged with a secret of their own, and commands. */
    async function strangers(): Promise<void> {
      const { github, shop } = forge;
      const target = forge.target;
      github.deliverTo({ ...target, secret: secret.mint("forged") });
      await pull.comment("/seatrial down", "stranger");
      expect(github.deliveries.at(-1)?.answers).toMatchObject([{ status: 401 }]);
      github.deliverTo(target);
      await pull.comment("/seatrial down", "stranger");
      shop.permit("maintainer", "write");
      await pull.comment("/seatrial extend 1h", "maintainer");
      const isJudged = ({ commands }: PullRequest) =>
        commands.length === 2 && commands.every(({ state }) => state !== "pending");
      await forge.until(pull.number, isJudged);
    }

    async function closeAndForget(): Promise<void> {
      await pull.close();
      const gone = await forge.until(pull.number, ({ environments }) =>
        environments.every(({ state }) => state === "deleted"),
      );
      expect(gone.environments).not.toEqual([]);
      const isTold = () => pull.comments.some(({ body }) => body.includes("seen gone"));
      expect(await waitUntil(async () => isTold(), 120), "the proof was not told").toBe(true);
      const { project } = forge.box;
      for (const { environmentId } of gone.environments) {
        await project.getProof(environmentId);
        await project.listEnvironmentEvents(environmentId, { limit: 200 });
      }
      await project.getPullRequest(gone.id);
      await forge.box.look([]);
    }

    /** The change's own files, as GitHub gave them. */
    const isArchive = ({ name }: Place) => name.startsWith("file hub/blobs/contents/");
    const findAll = (marker: Marker) => {
      const found = placeKinds.flatMap((kind) => marker.search(forge.box.places[kind]));
      return new Set(found.map(({ place }) => place.replace(/ \(unpacked\).*/, "")));
    };
    const texts = (places: readonly Place[]) =>
      places.map(({ bytes }) => Buffer.from(bytes).toString("latin1"));

    test.each(placeKinds)("none stands in the %s, where a control canary is found", (kind) => {
      const places = forge.box.places[kind].filter((place) => !isArchive(place));
      for (const marker of [secret, webhook, ...forge.appSecrets()])
        expect(marker.search(places)).toEqual([]);
      if (kind !== "histories") expect(control.search(places)).not.toEqual([]);
    });

    test("GitHub is told none in any check, comment, deployment or answer, where a control canary is found", () => {
      const places = forge.places();
      for (const marker of [secret, inline, printed, webhook, ...forge.appSecrets()])
        expect(marker.search(places)).toEqual([]);
      const found = control.search(places).map(({ place }) => place);
      for (const where of [/^check of/, /^request PATCH .*\/check-runs\//, /^request .*\/comments/])
        expect(found).toContainEqual(expect.stringMatching(where));
      expect(forge.github.violations).toEqual([]);
    });

    test("the App's key and tokens were in use, and the search knows them", () => {
      expect(forge.github.issuedTokens.length).toBeGreaterThan(0);
      const places = [
        { name: "key", bytes: Buffer.from(forge.github.app.privateKeyPem) },
        { name: "token", bytes: Buffer.from(`Bearer ${forge.github.issuedTokens[0]}`) },
      ];
      for (const marker of forge.appSecrets().slice(0, 2)) expect(marker.search(places)).not.toEqual([]);
    });

    test("Temporal keeps the pull request's id and none of its texts", () => {
      const histories = forge.box.places.histories;
      const own = histories.filter(({ name }) => name.startsWith("history pull-request/"));
      expect(own.filter(({ name }) => name.endsWith("(decoded)")).length).toBeGreaterThan(0);
      for (const marker of [secret, inline, printed, control]) expect(marker.search(own)).toEqual([]);
    });

    test("the log of every part was read", () => {
      const names = forge.box.places.files.map(({ name }) => name);
      for (const part of ["hub", "worker", "temporal", "provisioner-east", "agent-east"])
        expect(names).toContain(`file ${part}.log`);
      const worker = forge.box.places.files.filter(({ name }) => name === "file worker.log");
      expect(texts(worker).join(), "what GitHub's outage was told as").toContain("502");
    });

    test("the change's own archives are the only files with them", () => {
      const archives = forge.box.places.files.filter(isArchive);
      const found = new Set(secret.search(archives).map(({ place }) => place.split(" ")[1]));
      expect(found.size).toBe(new Set(archives.map(({ name }) => name)).size);
      expect(found.size).toBeGreaterThan(1);
    });

    test("what stands in seatrial.yaml itself stays in columns for it, and in the pod of the test", () => {
      const places = [...findAll(inline)].filter((name) => !isArchive({ name, bytes: new Uint8Array() }));
      const known = [
        "database environment_operations.template",
        "database environments.template",
        "database pull_request_commits.configuration",
        "database run_suites.spec",
        "database suites.spec",
      ];
      expect(places.filter((place) => !place.startsWith("cluster Pod/")).sort()).toEqual(known);
    });

    // Nobody can know that it is a secret: it is output, kept as such, and told to nobody who does not ask for it.
    test("what a test says on its console stays in its log", () => {
      const places = [...findAll(printed)].filter((name) => !isArchive({ name, bytes: new Uint8Array() }));
      expect(places.length).toBeGreaterThan(0);
      for (const place of places)
        expect(place).toMatch(/^(database log_chunks\.text|file (hub\/blobs\/logs|spool-east)\/.*)$/);
    });

    test("a state holds ciphertexts for them, sealed as a whole", () => {
      expect(states.length).toBeGreaterThan(0);
      for (const { sealed, opened } of states)
        for (const marker of [secret, inline]) expect(marker.search([sealed, opened])).toEqual([]);
      expect(texts(states.map(({ opened }) => opened)).join()).toContain("ciphertext");
    });
  },
);
