import { createHubClient, type HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { SuiteTool } from "@seatrial/contracts/suites/suite-spec.ts";
import type { HubConfig } from "@seatrial/hub/config.ts";
import type { Report } from "@seatrial/lab/base/report.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import type { LabState } from "@seatrial/lab/state/lab-state.ts";
import type { ForgeConfig } from "@seatrial/workflows/config.ts";
import { createHubFetch } from "../connection/hub-fetch.ts";
import { type LocalHub, startLocalHub } from "../dev/start-local-hub.ts";
import { installAgent } from "./install-agent.ts";
import { type LoadedImages, loadImages } from "./load-images.ts";

/** Where pods of the lab reach this machine. */
const labHost = "10.88.0.1";

export type StackOptions = {
  /** The hub's data; a fresh folder gives a fresh hub. */
  folder: string;
  clusters?: number;
  port?: number;
  slots?: number;
  /** Install provisioners too, with these values of the chart's `provisioner`. */
  environments?: Record<string, unknown>;
  overrides?: Partial<HubConfig>;
  /** Tools whose images are loaded; all of them without it. */
  presets?: readonly SuiteTool[];
  /** A lasting admin token; without it, a new one. */
  adminToken?: string;
  /** How the worker reaches GitHub and registries. */
  forge?: Partial<ForgeConfig>;
  /** More of the lab's own images to load, such as `podinfo`. */
  applications?: readonly string[];
  /** Looked at between its parts: none is left half-way. */
  signal?: AbortSignal;
  report?: Report;
  /** Called when a part is up, with what it took. */
  done?: (part: string, milliseconds: number) => void;
};

export type Stack = {
  hub: LocalHub;
  client: HubClient;
  images: LoadedImages;
  clusters: string[];
  /** Stops hub and worker; the clusters stay up. */
  stop: () => Promise<void>;
};

/** Real clusters, Seatrial's images in them, hub and worker in this process, a project `default`, joined agents. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const report = options.report ?? (() => undefined);
  const timed = createTimer(options.done ?? (() => undefined), options.signal);
  const count = options.clusters ?? 1;
  const names = (lab: LabState) => lab.clusters.slice(0, count).map(({ name }) => name);
  const lab = await timed(
    (up: LabState) => `${count === 1 ? "cluster" : "clusters"} ${names(up).sort().join(", ")}`,
    () => labUp({ clusters: count, report }),
  );
  const clusters = names(lab);
  const images = await timed(
    () => "images",
    () =>
      loadImages(report, {
        environments: options.environments !== undefined,
        ...(options.presets === undefined ? {} : { presets: options.presets }),
        applications: options.applications ?? [],
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }),
  );
  const hub = await timed(
    ({ url }: LocalHub) => `hub ${url}`,
    () =>
      startLocalHub({
        folder: options.folder,
        port: options.port ?? 7070,
        hosts: [labHost],
        ...(options.adminToken === undefined ? {} : { adminToken: options.adminToken }),
        ...(options.forge === undefined ? {} : { forge: options.forge }),
        overrides: { images: images.presets, ...options.overrides },
      }),
  );
  try {
    const client = createHubClient({
      hubUrl: hub.url,
      token: hub.adminToken,
      fetch: createHubFetch(hub.caPem),
    });
    await client.createProject({ name: "default" });
    await timed(
      () => (options.environments ? "agents and provisioners" : "agents"),
      () =>
        joinAll(client, hub, {
          ...{ clusters, images, slots: options.slots ?? 8 },
          ...(options.environments ? { provisioner: options.environments } : {}),
        }),
    );
    return { hub, client, images, clusters, stop: hub.stop };
  } catch (error) {
    await hub.stop();
    throw error;
  }
}

async function joinAll(
  client: HubClient,
  hub: LocalHub,
  what: {
    clusters: string[];
    images: LoadedImages;
    slots: number;
    provisioner?: Record<string, unknown>;
  },
): Promise<void> {
  const join = async (cluster: string) =>
    installAgent(client, {
      cluster,
      labels: { name: cluster },
      kubeconfig: await labKubeconfig(cluster),
      hub: { url: hub.url, caPem: hub.caPem },
      images: {
        agent: what.images.agent,
        helper: what.images.helper,
        provisioner: what.images.provisioner,
      },
      slots: what.slots,
      ...(what.provisioner ? { provisioner: what.provisioner } : {}),
    });
  await Promise.all(what.clusters.map(join));
}

function createTimer(done: (part: string, milliseconds: number) => void, signal?: AbortSignal) {
  return async <Result>(part: (made: Result) => string, work: () => Promise<Result>): Promise<Result> => {
    signal?.throwIfAborted();
    const began = performance.now();
    const result = await work();
    done(part(result), performance.now() - began);
    return result;
  };
}
