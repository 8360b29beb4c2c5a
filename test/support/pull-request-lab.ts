import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { HubConfig } from "@seatrial/hub/config.ts";
import { Agent, fetch as undiciFetch } from "undici";
import { listByKubectl, listEverything, namespaceIsThere } from "./environments-in-lab.ts";
import type { PullHandle } from "./github/pull-handle.ts";
import type { RepositoryHandle } from "./github/repository-handle.ts";
import { type GitHub, startGitHub } from "./github/start-github.ts";
import type { Files } from "./github/state.ts";
import { createKubectl, type Kubectl } from "./lab-pods.ts";
import { type LabStack, openLabStack } from "./lab-stack.ts";
import { untilPullRequest } from "./pull-request-world.ts";
import { webhookSecret } from "./test-hub.ts";

/** A repository on the fake GitHub, connected to the project of a hub with real clusters. */
export type PullRequestLab = {
  readonly stack: LabStack;
  readonly kubectl: Kubectl;
  readonly github: GitHub;
  readonly shop: RepositoryHandle;
  pullRequest(number: number): Promise<PullRequest | null>;
  /** Waits until the hub tells this of a pull request; throws with what it tells instead. */
  until(pull: PullHandle, check: (pullRequest: PullRequest) => boolean): Promise<PullRequest>;
  /** Closes all that is open and waits until nothing of it stands; what is left then, in the hub and in the cluster. */
  closeAll(): Promise<string[]>;
  close(): Promise<void>;
};

/** The repository's files are made once the lab's images are known. */
export async function openPullRequestLab(
  filesOf: (stack: LabStack) => Files,
  options: { overrides?: Partial<HubConfig>; clusters?: number } = {},
): Promise<PullRequestLab> {
  const github = await startGitHub();
  const forge = { apiUrl: github.url, appId: github.app.id, privateKey: github.app.privateKeyPem };
  const stack = await openLabStack({
    ...{ environments: {}, presets: [], clusters: options.clusters ?? 1 },
    overrides: { githubWebhookSecrets: [webhookSecret], ...options.overrides },
    forge: {
      github: forge,
      registry: { credentials: new Map(), plainHttpHosts: ["10.88.0.1:5000"], privateHosts: [] },
    },
  });
  const kubectls = await Promise.all(stack.clusters.map(createKubectl));
  const [kubectl] = kubectls;
  if (kubectl === undefined) throw new Error("the lab has no cluster");
  const shop = github.repository("acme/shop", { files: filesOf(stack) });
  await stack.project.connectRepository({ name: shop.name });
  const { url, caPem } = stack.hub;
  github.deliverTo({
    url: `${url}/v1/webhooks/github`,
    secret: webhookSecret,
    fetch: createHookFetch(caPem),
  });
  const before = await Promise.all(kubectls.map(listEverything));
  const seen = new Map<string, string>();

  async function pullRequest(number: number): Promise<PullRequest | null> {
    const page = await stack.project.listPullRequests({ repository: shop.name, number });
    const [found = null] = page.items;
    for (const { environmentId } of found?.environments ?? []) seen.set(environmentId, "");
    return found;
  }
  const isGone = ({ environments, state }: PullRequest) =>
    state !== "open" && environments.every((each) => each.state === "deleted");

  return {
    ...{ stack, kubectl, github, shop, pullRequest },
    until: (pull, check) => untilPullRequest(() => pullRequest(pull.number), check),
    async closeAll() {
      for (const pull of shop.pulls) if (pull.state.state === "open") await pull.close();
      for (const { number } of shop.pulls) await untilPullRequest(() => pullRequest(number), isGone);
      const left: string[] = [];
      for (const [index, each] of kubectls.entries()) {
        for (const id of seen.keys()) left.push(...(await leftOf(stack, each, id)));
        left.push(...[...(await listEverything(each))].filter((line) => before[index]?.has(line) !== true));
      }
      return left;
    },
    async close() {
      await stack.close();
      await github.close();
    },
  };
}

/** A connection for each webhook, as GitHub has it: one that was kept may be closed just when it is used again. */
function createHookFetch(ca: string | null): typeof fetch {
  const agent = new Agent({ pipelining: 0, connect: ca === null ? {} : { ca } });
  return ((url: string, init?: object) => undiciFetch(url, { ...init, dispatcher: agent })) as typeof fetch;
}

async function leftOf(stack: LabStack, kubectl: Kubectl, environmentId: string): Promise<string[]> {
  const { state, proofComplete, namespace } = await stack.project.getEnvironment(environmentId);
  const isProved = state === "deleted" && proofComplete === true;
  return [
    ...(isProved ? [] : [`environment ${environmentId} is ${state}, with proof: ${proofComplete}`]),
    ...((await namespaceIsThere(kubectl, namespace)) ? [`Namespace ${namespace}`] : []),
    ...(await listByKubectl(kubectl, environmentId)),
  ];
}

/** Gives an image that the lab's registry has by digest one more tag, as a build that pushes it does. */
export async function tagImage(pinned: string, tag: string): Promise<void> {
  const [, registry = "", name = "", digest = ""] = /^([^/]+)\/(.+)@(.+)$/.exec(pinned) ?? [];
  const manifests = `http://${registry}/v2/${name}/manifests`;
  const accept = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"];
  const manifest = await fetch(`${manifests}/${digest}`, { headers: { accept: accept.join(", ") } });
  if (!manifest.ok) throw new Error(`${pinned}: the registry answers ${manifest.status}`);
  const headers = { "content-type": manifest.headers.get("content-type") ?? "" };
  const body = await manifest.arrayBuffer();
  const answer = await fetch(`${manifests}/${tag}`, { method: "PUT", headers, body });
  if (answer.status !== 201) throw new Error(`${name}:${tag}: the registry answers ${answer.status}`);
}
