import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import { createHubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { createKubeClient, type KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { startWorld, type World, type WorldOptions } from "../faults/world.ts";
import type { Place } from "./canary-marker.ts";
import { clusterPlaces, databasePlaces, folderPlaces, historyPlaces } from "./canary-places.ts";
import { type ProcessWatch, watchProcesses } from "./canary-processes.ts";
import type { Files } from "./canary-template.ts";

/** What each process was started with. */
type Settings = Record<"hub" | "worker", Record<string, string>>;
export const placeKinds = ["database", "files", "histories", "cluster", "answers", "processes"] as const;
export type PlaceKind = (typeof placeKinds)[number];

/** All parts as processes on a real cluster, every answer of the hub kept, and every process watched. */
export type CanaryWorld = {
  world: World;
  settings: Settings;
  project: ProjectClient;
  kube: KubeClient;
  /** More processes to watch. */
  watched: number[];
  upload: (files: Files) => Promise<string>;
  until: (id: string, isThere: (now: Environment) => boolean) => Promise<Environment>;
  /** Adds all that there is to be seen now to `places`. */
  look: (withoutContents: readonly string[]) => Promise<void>;
  places: Record<PlaceKind, Place[]>;
  close: () => Promise<void>;
};

/** `more`: as of the world, such as agents and what hub and worker are told besides. */
export async function openCanaryWorld(more: Partial<WorldOptions> = {}): Promise<CanaryWorld> {
  const world = await startWorld({ clusters: 1, say: () => undefined, logLevel: "debug", ...more });
  const settings = {
    hub: await environmentOf(world.hub.pid()),
    worker: await environmentOf(world.worker.pid()),
  };
  const places = Object.fromEntries(placeKinds.map((kind) => [kind, []])) as unknown as Record<
    PlaceKind,
    Place[]
  >;
  const project = await recordingClient(world, settings, places.answers);
  const { path, context } = await labKubeconfig(world.clusters[0] ?? "");
  const kube = createKubeClient(await readKubeconfig(path, context));
  const watched: number[] = [];
  const watch: ProcessWatch = watchProcesses(() => [
    ...watched,
    ...[world.hub, world.worker, world.temporal].map((one) => one.pid()),
    ...[...world.provisioners.values(), ...world.agents.values()].map((one) => one.pid()),
  ]);
  return {
    ...{ world, settings, project, kube, watched, places },
    async upload(files) {
      const folder = await mkdtemp(join(tmpdir(), "seatrial-canary-"));
      try {
        for (const [name, text] of Object.entries(files)) {
          await mkdir(dirname(join(folder, name)), { recursive: true });
          await writeFile(join(folder, name), text);
        }
        return (await uploadContent(project, folder)).sha256;
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    async until(id, isThere) {
      for (;;) {
        const now = await project.getEnvironment(id);
        if (isThere(now)) return now;
        await sleep(300);
      }
    },
    async look(withoutContents) {
      const { hub, worker } = settings;
      places.database.push(...(await databasePlaces(hub.SEATRIAL_DATABASE_URL ?? "")));
      places.files.push(...(await folderPlaces(world.folder, withoutContents)));
      places.histories.push(
        ...(await historyPlaces(
          worker.SEATRIAL_TEMPORAL_ADDRESS ?? "",
          worker.SEATRIAL_TEMPORAL_PAYLOAD_KEY ?? "",
        )),
      );
      places.cluster.push(...(await clusterPlaces(kube)));
      places.processes = watch.places();
    },
    async close() {
      watch.stop();
      await kube.close();
      await world.close();
    },
  };
}

async function environmentOf(pid: number | null): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8");
  const pairs = text.split("\0").map((line) => line.split(/=(.*)/s).slice(0, 2));
  return Object.fromEntries(pairs);
}

/** Keeps the whole text of whatever the hub answers. */
async function recordingClient(world: World, { hub }: Settings, answers: Place[]): Promise<ProjectClient> {
  const ask = createHubFetch(await readFile(join(world.folder, "ca.pem"), "utf8"));
  const recording: typeof fetch = async (input, init) => {
    const answer = await ask(input, init);
    const name = `answer to ${init?.method ?? "GET"} ${String(input)}`;
    answers.push({ name, bytes: Buffer.from(await answer.clone().arrayBuffer()) });
    return answer;
  };
  const hubUrl = hub.SEATRIAL_PUBLIC_URLS ?? "";
  return createHubClient({ hubUrl, token: hub.SEATRIAL_ADMIN_TOKEN ?? "", fetch: recording }).project(
    "faults",
  );
}
