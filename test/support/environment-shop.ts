import type { OperationFinishInput } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Environment, EnvironmentRequestInput } from "@seatrial/contracts/environments/environment.ts";
import type { Workflows } from "./drive-workflows.ts";
import type { EnvironmentWorld } from "./environment-world.ts";
import { createProject } from "./hub-fixtures.ts";
import { cleanProof, type TestProvisioner } from "./test-provisioner.ts";

/** A project with a cluster of its own, so that tests which share a hub do not share work. */
export type EnvironmentShop = Awaited<ReturnType<typeof createProject>> & {
  readonly cluster: string;
  readonly provisioner: TestProvisioner;
  /** The address of an environment, or of something of it. */
  at(environmentId: string, verb?: string): string;
  /** Does the queued operation of this kind, by default as a cluster without trouble, and lets the workflows follow. */
  operate(kind: string, fields?: Partial<OperationFinishInput>): Promise<void>;
  /** An environment that is made and proved. */
  ready(fields?: Partial<EnvironmentRequestInput>): Promise<Environment>;
};

let shops = 0;

export async function createShop(world: EnvironmentWorld, workflows: Workflows): Promise<EnvironmentShop> {
  shops += 1;
  const project = await createProject(world.hub, `shop-${shops}`);
  const cluster = `cluster-${shops}`;
  const provisioner = await world.provisioner(cluster, { projects: [project.name] });
  const shop: EnvironmentShop = {
    ...project,
    cluster,
    provisioner,
    at: (id, verb) => `${project.path}/environments/${id}${verb === undefined ? "" : `/${verb}`}`,
    async operate(kind, fields = {}) {
      const grant = await provisioner.take();
      if (grant.work.operation !== kind)
        throw new Error(`'${grant.work.operation}' was queued, not '${kind}'`);
      const proof = kind === "down" ? cleanProof(grant, cluster) : null;
      await provisioner.finish(grant.leaseId, { proof, ...fields });
      await workflows.work();
    },
    async ready(fields) {
      const { id } = await world.request(project.name, fields);
      await workflows.work();
      await shop.operate("up");
      return world.show(project.name, id);
    },
  };
  return shop;
}
