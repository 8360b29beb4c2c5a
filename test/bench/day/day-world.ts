import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { RepositoryHandle } from "../../support/github/repository-handle.ts";
import { type GitHub, startGitHub } from "../../support/github/start-github.ts";
import { type ScaleWorld, startScaleWorld } from "../scale/scale-world.ts";
import type { DayOptions } from "./options.ts";

export type DayWorld = {
  scale: ScaleWorld;
  github: GitHub;
  shop: RepositoryHandle;
  project: ProjectClient;
  close: () => Promise<void>;
};

const webhookSecret = "the-day-of-a-webhook";
const name = "acme/shop";

function configuration(shards: number): string {
  return `
version: 1
suites:
  checks: {image: bench/image, command: ["true"], shards: ${shards}}
runs:
  checks: {when: {pull_request: true}, suites: [checks]}
`;
}

/** Fake nodes of four clusters, hub and worker from their bundles, and a GitHub whose webhooks go there. */
export async function startDayWorld({ shards, podSeconds, slots }: DayOptions): Promise<DayWorld> {
  const github = await startGitHub();
  const podMilliseconds = podSeconds * 1_000;
  try {
    const scale = await startScaleWorld({
      ...{ slots, profileFolder: null },
      podMilliseconds: { least: podMilliseconds, most: podMilliseconds },
      hubEnvironment: { SEATRIAL_GITHUB_WEBHOOK_SECRETS: webhookSecret },
      workerEnvironment: {
        SEATRIAL_GITHUB_API_URL: github.url,
        SEATRIAL_GITHUB_APP_ID: String(github.app.id),
        SEATRIAL_GITHUB_PRIVATE_KEY: github.app.privateKeyPem,
      },
    });
    const shop = github.repository(name, { files: { "seatrial.yaml": configuration(shards) } });
    await scale.client.createProject({ name: "day", runningQuota: 10_000 });
    const project = scale.client.project("day");
    await project.connectRepository({ name, installationId: shop.state.installationId });
    const hubFetch = createHubFetch(scale.hub.caPem);
    const url = `${scale.hub.url}/v1/webhooks/github`;
    github.deliverTo({ url, secret: webhookSecret, fetch: (target, init) => hubFetch(target, init) });
    const close = async () => {
      await scale.close();
      await github.close();
    };
    return { scale, github, shop, project, close };
  } catch (error) {
    await github.close();
    throw error;
  }
}
