import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import { type Stack, startStack } from "@seatrial/cli/demo/start-stack.ts";
import { takeDevFolder } from "@seatrial/cli/dev/dev-folder.ts";
import { elapsed } from "@seatrial/cli/terminal/elapsed.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import type { Stage } from "./create-stage.ts";
import type { DemoWorld } from "./demo-world.ts";
import type { ExampleRepository } from "./example-repository.ts";
import { openForge, repositoryName } from "./open-forge.ts";

const webhookSecret = "a secret of the demo's webhook";
/** The lab's registry: on this machine alone, without TLS. */
const labRegistry = "10.88.0.1:5000";

export type OpenWorld = { readonly world: DemoWorld; readonly stop: () => Promise<void> };

/** Two clusters, hub and worker in this process, a GitHub on this machine, and the example connected. */
export async function openWorld(
  stage: Stage,
  example: ExampleRepository,
  options: { readonly folder: string; readonly port: number; readonly signal: AbortSignal },
): Promise<OpenWorld> {
  await findDemoTools(stage);
  const { github, forge } = await openForge(example.base);
  const dev = await takeDevFolder(options.folder);
  const closers = [forge.stop, dev.release];
  const stop = async () => {
    for (const close of closers.splice(0)) await close();
  };
  try {
    const stack = await startStack({
      ...{ folder: options.folder, port: options.port, clusters: 2, environments: {} },
      ...{ presets: ["pytest", "node"], applications: ["podinfo"], adminToken: dev.adminToken },
      overrides: { githubWebhookSecrets: [webhookSecret] },
      forge: {
        github: { apiUrl: github.url, appId: github.app.id, privateKey: github.app.privateKeyPem },
        registry: { credentials: new Map(), plainHttpHosts: [labRegistry], privateHosts: [] },
      },
      signal: options.signal,
      report: (step) => tellProgress(stage, step),
      done: (part, milliseconds) => tick(stage, part, milliseconds),
    });
    closers.unshift(stack.stop);
    const localHub = `https://localhost:${options.port}`;
    github.deliverTo({
      url: `${localHub}/v1/webhooks/github`,
      secret: webhookSecret,
      fetch: createHubFetch(stack.hub.caPem),
    });
    return { world: await connect(stack, forge, options), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(
  stack: Stack,
  forge: DemoWorld["forge"],
  { signal }: { signal: AbortSignal },
): Promise<DemoWorld> {
  const project = stack.client.project("default");
  await project.connectRepository({ name: repositoryName });
  return {
    ...{ forge, project, signal, hubUrl: stack.hub.url, clusters: stack.clusters },
    async pullRequest(number): Promise<PullRequest | null> {
      const { items } = await project.listPullRequests({ number, repository: repositoryName });
      return items[0] ?? null;
    },
  };
}

function tick({ say, output }: Stage, part: string, milliseconds: number): void {
  say(`${output.paint("green", "✓")} ${part.padEnd(28)} ${elapsed(milliseconds)}`);
}

/** `npm run demo` has got what was missing; what is left is to say where they come from. */
async function findDemoTools(stage: Stage): Promise<void> {
  const began = performance.now();
  const report = createStepPrinter((line) => tellProgress(stage, line));
  const found = await findTools(["kubectl", "helm", "helper", "temporal", "pulumi", "podinfo", "podcli"], {
    report,
  });
  const sources = [...new Set(Object.values(found).map(({ source }) => source))].sort();
  tick(stage, `tools from ${sources.join(" and ")}`, performance.now() - began);
}

/** Where nobody watches, each step is a line apart from the story. */
function tellProgress({ live, output }: Stage, step: string): void {
  if (output.isTerminal) live([`${output.paint("dim", "·")} ${step}`]);
  else output.note(step);
}
