import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import { noRepairs, type RepairPolicy } from "@seatrial/env-provisioner/blockers/repair-policy.ts";
import { environmentLabel } from "@seatrial/env-provisioner/labels.ts";
import { labStart, labStop } from "@seatrial/lab/lab-component.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canRunLab } from "../support/lab-stack.ts";
import {
  openRemovalWorld,
  type RemovalWorld,
  type RunningRemoval,
  type TestEnvironment,
} from "../support/removal-world.ts";

const patience = { timeout: 120_000, interval: 200 };
const finalizer = "example.com/cleanup";
const widgets = "widgets.example.com";
const deadService = "v1.dead.example.com";
const webhook = "refuse-deletions";

/** A removal never repairs by itself here but where a test permits it, and then at once. */
const permit = (repairs: Partial<RepairPolicy>): RepairPolicy => ({
  ...noRepairs,
  afterSeconds: 0,
  ...repairs,
});

describe.runIf(canRunLab)("what blocks a removal", () => {
  let world: RemovalWorld;
  beforeAll(async () => {
    world = await openRemovalWorld();
  });
  afterAll(() => world?.close());

  /** Waits until a blocker of this kind was told, and prints how long that was after Kubernetes showed it. */
  async function named(removal: RunningRemoval, kind: Blocker["kind"], shownAt?: number): Promise<Blocker> {
    const find = () => removal.told.find(({ blocker }) => blocker.kind === kind);
    await expect.poll(find, patience).toBeDefined();
    const found = find();
    if (found === undefined) throw new Error(`no blocker of kind ${kind}`);
    const since = shownAt ?? Date.parse(found.blocker.since);
    console.log(`${kind}: named ${((found.at - since) / 1_000).toFixed(1)} s after Kubernetes showed it`);
    return found.blocker;
  }
  /** Does what the blocker says a person could do; then the removal ends with a complete proof. */
  async function endsAfterCommand(removal: RunningRemoval, { command }: Blocker): Promise<void> {
    await world.shell(command ?? "false");
    await endsWithProof(removal);
  }
  async function endsWithProof(removal: RunningRemoval): Promise<void> {
    expect(await removal.outcome).toMatchObject({ proof: { complete: true }, blockers: [] });
    expect(removal.current()).toEqual([]);
  }

  describe("a finalizer that nobody serves", () => {
    beforeAll(async () => {
      await world.kubectl.apply(widgetDefinition());
      await world.kubectl.run(["wait", "--for=condition=established", `crd/${widgets}`]);
    });
    afterAll(() => world.kubectl.run(["delete", "crd", widgets, "--ignore-not-found"]));

    async function withWidget(): Promise<TestEnvironment> {
      const environment = await world.makeEmpty();
      const metadata = {
        name: "demo",
        namespace: environment.namespace,
        finalizers: [finalizer, "example.com/b"],
      };
      await world.kubectl.apply({ apiVersion: "example.com/v1", kind: "Widget", metadata });
      return environment;
    }

    test("is named with its object; the command takes off this one alone", async () => {
      const environment = await withWidget();
      const removal = world.begin(environment, { customResourceSeconds: 5 });
      const blocker = await named(removal, "finalizer");
      expect(blocker).toMatchObject({
        object: { kind: "Widget", name: "demo", namespace: environment.namespace },
        message: `Widget demo waits for its finalizer ${finalizer}: set by "kubectl-client-side-apply"; nobody was found in this cluster who serves it.`,
        repaired: null,
      });
      await world.shell(blocker.command ?? "false");
      const other = () => removal.current().find(({ message }) => message.includes("example.com/b"));
      await expect.poll(() => removal.current().length, patience).toBe(1);
      await endsAfterCommand(removal, other() ?? blocker);
    });

    test("is told with the workload that should serve it", async () => {
      const environment = await withWidget();
      await world.kubectl.apply(...stoppedOperator());
      const removal = world.begin(environment, {
        ...{ customResourceSeconds: 1, policy: permit({ removeFinalizers: [finalizer, "example.com/b"] }) },
      });
      expect((await named(removal, "finalizer")).message).toContain(
        "Deployment default/widget-operator (0 of 0 ready) should serve it",
      );
      await endsWithProof(removal);
      for (const kind of ["deployment", "serviceaccount", "clusterrole", "clusterrolebinding"])
        await world.kubectl.run(["-n", "default", "delete", kind, "widget-operator"]);
    });

    test("is taken off where the policy permits that very one", async () => {
      const policy = permit({ removeFinalizers: [finalizer, "example.com/b"] });
      const removal = world.begin(await withWidget(), { policy });
      await endsWithProof(removal);
      const repaired = removal.told.map(({ blocker }) => blocker.repaired);
      expect(repaired).toContain(`took the finalizer ${finalizer} off`);
    });

    test("stays where the policy permits another; the removal ends by its limit with the blocker named", async () => {
      const environment = await withWidget();
      const policy = permit({ removeFinalizers: ["example.com/b"] });
      const { proof, blockers } = await world.remove(environment, {
        ...{ policy, limitSeconds: 20, customResourceSeconds: 1 },
      });
      expect(proof.complete).toBe(false);
      expect(proof.objects.map(({ kind, state }) => [kind, state])).toContainEqual(["Widget", "left"]);
      expect(blockers.map(({ message }) => message).join()).toContain(finalizer);
      const again = await world.remove(environment, { policy: permit({ removeFinalizers: [finalizer] }) });
      expect(again.proof.complete).toBe(true);
    });
  });

  describe("a dead APIService", () => {
    const make = () =>
      world.kubectl.apply({
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: deadService },
        spec: {
          ...{ group: "dead.example.com", version: "v1", groupPriorityMinimum: 100, versionPriority: 10 },
          ...{ insecureSkipTLSVerify: true, service: { name: "nobody", namespace: "default" } },
        },
      });

    test("is named with its service, and its namespace stays until it is gone", async () => {
      await make();
      const began = Date.now();
      const removal = world.begin(await world.makeEmpty());
      const blocker = await named(removal, "dead_api_service", began);
      expect(blocker.object).toMatchObject({ kind: "APIService", name: deadService });
      expect(blocker.message).toContain("service default/nobody");
      expect(blocker.repaired).toBeNull();
      await endsAfterCommand(removal, blocker);
    });

    test("is deleted where the policy permits it", async () => {
      await make();
      const policy = permit({ deleteDeadApiServices: [deadService] });
      const removal = world.begin(await world.makeEmpty(), { policy });
      await endsWithProof(removal);
      expect(removal.told.map(({ blocker }) => blocker.repaired)).toContain(
        `deleted APIService ${deadService}`,
      );
    });
  });

  describe("a webhook that refuses", () => {
    async function make(): Promise<TestEnvironment> {
      const environment = await world.makeEmpty();
      await world.kubectl.apply(refusingWebhook(environment));
      return environment;
    }

    test("is named with its configuration and service", async () => {
      const began = Date.now();
      const removal = world.begin(await make());
      const blocker = await named(removal, "refusing_webhook", began);
      expect(blocker.object).toMatchObject({ kind: "ValidatingWebhookConfiguration", name: webhook });
      expect(blocker.message).toContain("service default/nobody");
      await endsAfterCommand(removal, blocker);
    });

    test("is deleted where the policy permits it", async () => {
      const policy = permit({ deleteRefusingWebhooks: [webhook] });
      const removal = world.begin(await make(), { policy });
      await endsWithProof(removal);
      expect(removal.told.map(({ blocker }) => blocker.repaired)).toContain(
        `deleted the webhook configuration ${webhook}`,
      );
    });
  });

  describe("a pod on a lost node", () => {
    const nodeIsLost = async () => {
      const { items } = JSON.parse(await world.kubectl.run(["get", "nodes", "-o", "json"]));
      type Condition = { type: string; status: string };
      return items[0].status.conditions.find(({ type }: Condition) => type === "Ready").status === "Unknown";
    };

    test("is named, with the claim it holds; the removal goes on when the node is back", async () => {
      const environment = await world.makeEnvironment();
      await labStop(world.cluster, "kubelet");
      const removal = world.begin(environment);
      const [lost, claim] = await Promise.all([named(removal, "lost_node"), named(removal, "volume_in_use")]);
      expect(lost.object).toMatchObject({ kind: "Pod", namespace: environment.namespace });
      expect(lost.message).toContain("which cannot be reached since");
      expect(lost.command).toMatch(/^kubectl delete pods deaf-\S+ -n \S+ --grace-period=0 --force$/);
      expect(claim.object).toMatchObject({ kind: "PersistentVolumeClaim", name: "data" });
      expect(claim.message).toContain("in use by pods deaf-");
      await labStart(world.cluster, "kubelet");
      await endsWithProof(removal);
      expect(await world.listByKubectl(environment)).toEqual([]);
    });

    test("loses its record where the policy permits it", async () => {
      const environment = await world.makeEnvironment();
      await labStop(world.cluster, "kubelet");
      try {
        await expect.poll(nodeIsLost, patience).toBe(true);
        const policy = permit({ forceDeletePodsOnLostNodes: true });
        const removal = world.begin(environment, { policy });
        await endsWithProof(removal);
        expect(removal.told.map(({ blocker }) => blocker.repaired)).toContain(
          "deleted the pod's record, its node being lost",
        );
      } finally {
        await labStart(world.cluster, "kubelet");
      }
    });
  });

  test("a volume whose provisioner does not work is told, and is to be deleted although its class says Retain", async () => {
    const environment = await world.makeEnvironment();
    const { namespace: name } = environment;
    // As a provisioner would have made it: by its annotation and without the label.
    await world.kubectl.run(["annotate", "pv", name, "pv.kubernetes.io/provisioned-by=example.com/disks"]);
    await world.kubectl.run(["label", "pv", name, `${environmentLabel}-`]);
    const removal = world.begin(environment);
    const blocker = await named(removal, "unknown");
    expect(blocker.object).toMatchObject({ kind: "PersistentVolume", name });
    expect(blocker.message).toContain("example.com/disks");
    const policyOf = ["get", "pv", name, "-o", "jsonpath={.spec.persistentVolumeReclaimPolicy}"];
    expect(await world.kubectl.run(policyOf)).toBe("Delete");
    await endsAfterCommand(removal, blocker);
  });

  test("an object elsewhere that carries the label is left alone, and named with the command that deletes it", async () => {
    const environment = await world.makeEmpty();
    const labels = { [environmentLabel]: environment.environmentId };
    const metadata = { name: "stray", namespace: "default", labels };
    await world.kubectl.apply({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: ingressSpec,
    });
    const removal = world.begin(environment);
    const blocker = await named(removal, "unknown");
    expect(blocker.object).toMatchObject({ kind: "Ingress", name: "stray", namespace: "default" });
    await endsAfterCommand(removal, blocker);
  });

  test("an API server that goes away is told, and the removal goes on when it is back", async () => {
    const removal = world.begin(await world.makeEnvironment());
    await labStop(world.cluster, "kube-apiserver");
    await named(removal, "unreachable");
    await labStart(world.cluster, "kube-apiserver");
    await endsWithProof(removal);
  });
});

const ingressSpec = { defaultBackend: { service: { name: "nobody", port: { number: 80 } } } };

/** Whoever has the right to change widgets is who takes their finalizers off. */
function stoppedOperator(): object[] {
  const name = "widget-operator";
  const rbac = "rbac.authorization.k8s.io";
  const metadata = { name, namespace: "default" };
  const labels = { app: name };
  const spec = { serviceAccountName: name, containers: [{ name: "main", image: "localhost/none" }] };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name } },
      rules: [{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get", "update"] }],
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", metadata: { name } },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
    },
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  ];
}

function widgetDefinition(): object {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: widgets },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

/** It is to be asked about every deletion of a ConfigMap in the environment, and there is nobody to ask. */
function refusingWebhook({ environmentId }: TestEnvironment): object {
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["DELETE"], resources: ["configmaps"] };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: webhook },
    webhooks: [
      {
        name: "refuse.example.com",
        ...{ rules: [rule], admissionReviewVersions: ["v1"], sideEffects: "None", failurePolicy: "Fail" },
        clientConfig: { service: { name: "nobody", namespace: "default" } },
        namespaceSelector: { matchLabels: { [environmentLabel]: environmentId } },
      },
    ],
  };
}
