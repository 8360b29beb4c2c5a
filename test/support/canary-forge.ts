import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { type Marker, markerOf, type Place } from "./canary-marker.ts";
import { type CanaryWorld, openCanaryWorld } from "./canary-world.ts";
import type { HookTarget } from "./github/deliveries.ts";
import type { RepositoryHandle } from "./github/repository-handle.ts";
import { type GitHub, startGitHub } from "./github/start-github.ts";

/** All parts of Seatrial with agents, and a GitHub whose secrets they are given in files of their own. */
export type CanaryForge = {
  readonly box: CanaryWorld;
  readonly github: GitHub;
  readonly shop: RepositoryHandle;
  /** Where webhooks go, with their secret. */
  readonly target: HookTarget;
  /** The App's private key and every installation token so far; a marker for each. */
  appSecrets(): Marker[];
  /** All that GitHub was told, and what it was answered. */
  places(): Place[];
  until(number: number, isThere: (now: PullRequest) => boolean): Promise<PullRequest>;
  close(): Promise<void>;
};

export async function openCanaryForge(webhookSecret: string): Promise<CanaryForge> {
  const github = await startGitHub();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-forge-"));
  const [keyFile, secretsFile] = [join(folder, "app.pem"), join(folder, "webhooks")];
  await writeFile(keyFile, github.app.privateKeyPem);
  await writeFile(secretsFile, `${webhookSecret}\n`);
  const box = await openCanaryWorld({
    agents: { slots: 2 },
    env: {
      hub: { SEATRIAL_GITHUB_WEBHOOK_SECRETS_FILE: secretsFile },
      worker: {
        SEATRIAL_GITHUB_API_URL: github.url,
        SEATRIAL_GITHUB_APP_ID: String(github.app.id),
        SEATRIAL_GITHUB_PRIVATE_KEY_FILE: keyFile,
      },
    },
  });
  const hubFetch = createHubFetch(await readFile(join(box.world.folder, "ca.pem"), "utf8"));
  const hubUrl = box.settings.hub.SEATRIAL_PUBLIC_URLS ?? "";
  const target = { url: `${hubUrl}/v1/webhooks/github`, secret: webhookSecret, fetch: hubFetch };
  github.deliverTo(target);
  const shop = github.repository("acme/shop");
  await box.project.connectRepository({ name: "acme/shop", installationId: shop.state.installationId });
  return {
    ...{ box, github, shop, target },
    appSecrets: () => [markerOf(lineOf(github.app.privateKeyPem)), ...github.issuedTokens.map(markerOf)],
    places: () => forgePlaces(github, shop),
    async until(number, isThere) {
      let last: PullRequest | undefined;
      const isSo = await waitUntil(
        async () => {
          last = (await box.project.listPullRequests({ number })).items[0];
          return last !== undefined && isThere(last);
        },
        300,
        500,
      );
      if (isSo && last !== undefined) return last;
      throw new Error(`${isThere} is not so, but ${JSON.stringify(last, null, 1)}`);
    },
    async close() {
      await box.close();
      await github.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A line in the middle of a key, which no other key has. */
function lineOf(pem: string): string {
  const lines = pem.split("\n").filter((line) => line.length === 64);
  return lines[Math.floor(lines.length / 2)] ?? "";
}

function forgePlaces({ journal, deliveries }: GitHub, shop: RepositoryHandle): Place[] {
  const place = (name: string, value: unknown) => ({ name, bytes: Buffer.from(JSON.stringify(value)) });
  return [
    ...journal.map(({ method, path, body }) => place(`request ${method} ${path}`, { path, body })),
    ...deliveries.map(({ event, answers }) => place(`answer to webhook ${event}`, answers)),
    ...shop.checks().map((check) => place(`check of ${check.headSha}`, check)),
    ...shop.state.comments.map((comment) => place(`comment ${comment.id}`, comment)),
    ...shop.deployments.map((deployment) => place(`deployment ${deployment.id}`, deployment)),
  ];
}
