import type {
  Environment,
  EnvironmentEvent,
  EnvironmentRequestInput,
} from "@seatrial/contracts/environments/environment.ts";
import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { archiveOf, sha256Of } from "./hub-fixtures.ts";
import { createLeaseWorld, type LeaseWorld, type TickAnswer } from "./lease-world.ts";
import { type TestHub, workerToken } from "./test-hub.ts";
import { cleanProof, createTestProvisioner, type TestProvisioner } from "./test-provisioner.ts";

type TokenFields = Parameters<LeaseWorld["joinToken"]>[1];

/** What tests of operations need around them: users, worker and provisioners, all through the front door. */
export type EnvironmentWorld = {
  readonly hub: TestHub;
  readonly leases: LeaseWorld;
  provisioner(cluster: string, fields?: TokenFields): Promise<TestProvisioner>;
  project(name: string): Promise<string>;
  /** Asks for an environment; its content is there. */
  request(project: string, fields?: Partial<EnvironmentRequestInput>): Promise<Environment>;
  /** The same, with its first operation queued. */
  start(project: string, fields?: Partial<EnvironmentRequestInput>): Promise<Environment>;
  /** Queues the next operation, as its workflow does. */
  queue(environment: string, kind: OperationKind): Promise<EnvironmentFacts>;
  facts(environment: string): Promise<EnvironmentFacts>;
  show(project: string, environment: string): Promise<Environment>;
  events(project: string, environment: string): Promise<EnvironmentEvent[]>;
  wish(project: string, environment: string, verb: string, body?: unknown): Promise<Environment>;
  remove(project: string, environment: string): Promise<void>;
  /** Wishes it gone and lets the provisioner remove it with a whole proof. */
  takeDown(provisioner: TestProvisioner, project: string, environment: string): Promise<void>;
  tick(): Promise<TickAnswer>;
};

export const contentText = "kind: ConfigMap";

export function createEnvironmentWorld(hub: TestHub): EnvironmentWorld {
  const leases = createLeaseWorld(hub);
  const place = (project: string, environment: string) =>
    `/v1/projects/${project}/environments/${environment}`;
  const worker = <Answer>(method: string, path: string, body?: unknown) =>
    hub.json<Answer>(method, `/worker/v1/environments/${path}`, {
      token: workerToken,
      ...(body === undefined ? {} : { body }),
    });
  const world: EnvironmentWorld = {
    hub,
    leases,
    provisioner: async (cluster, fields = {}) =>
      createTestProvisioner(
        hub,
        cluster,
        await leases.joinToken(cluster, { ...fields, role: "provisioner" }),
      ),
    project: (name) => leases.project(name),
    async request(project, fields = {}) {
      const contentSha256 = await uploadContent(hub, project);
      const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
      const body = { name: "preview", template, contentSha256, ...fields };
      return hub.json("POST", `/v1/projects/${project}/environments`, { body });
    },
    async start(project, fields) {
      const environment = await world.request(project, fields);
      await world.queue(environment.id, "up");
      return environment;
    },
    async queue(environment, kind) {
      const { operation } = await world.facts(environment);
      return worker("POST", `${environment}/operations`, { kind, number: (operation?.number ?? 0) + 1 });
    },
    facts: (environment) => worker("GET", environment),
    show: (project, environment) => hub.json("GET", place(project, environment)),
    async events(project, environment) {
      const path = `${place(project, environment)}/events?limit=200`;
      return (await hub.json<{ items: EnvironmentEvent[] }>("GET", path)).items;
    },
    wish: (project, environment, verb, body) =>
      hub.json("POST", `${place(project, environment)}/${verb}`, body === undefined ? {} : { body }),
    async remove(project, environment) {
      await hub.json("DELETE", place(project, environment));
    },
    async takeDown(provisioner, project, environment) {
      await world.remove(project, environment);
      await world.queue(environment, "down");
      const grant = await provisioner.take();
      await provisioner.finish(grant.leaseId, { proof: cleanProof(grant, provisioner.cluster) });
    },
    tick: () => leases.tick(),
  };
  return world;
}

/** The bytes of the content that every environment of these tests is made of. */
export const contentArchive = () => archiveOf([{ name: "app.yaml", text: contentText }]);

async function uploadContent(hub: TestHub, project: string): Promise<string> {
  const bytes = await contentArchive();
  const digest = sha256Of(bytes);
  const headers = { "content-type": "application/gzip" };
  await hub.json("PUT", `/v1/projects/${project}/contents/${digest}`, { body: bytes, headers });
  return digest;
}
