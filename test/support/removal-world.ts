import { dirname } from "node:path";
import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { noRepairs } from "@seatrial/env-provisioner/blockers/repair-policy.ts";
import { environmentLabel } from "@seatrial/env-provisioner/labels.ts";
import type { RemovalOutcome, RemovalRequest } from "@seatrial/env-provisioner/teardown/removal-request.ts";
import { removeEnvironment } from "@seatrial/env-provisioner/teardown/remove-environment.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { tryCommand } from "@seatrial/lab/base/run-command.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { createKubectl, type Kubectl } from "./lab-pods.ts";

export type TestEnvironment = { environmentId: string; namespace: string };
export type RunningRemoval = {
  /** When each blocker, and its repair, was told for the first time, newest last. */
  told: { blocker: Blocker; at: number }[];
  /** What was told last. */
  current: () => readonly Blocker[];
  outcome: Promise<RemovalOutcome>;
};

const cluster = "east";

/** A lab of one cluster for tests of removals; one that is up is taken down first. */
export async function openRemovalWorld() {
  await labDown();
  await labUp({ clusters: 1 });
  const busybox = (await labLoadBuiltin("busybox")).pinnedReference;
  const kubectl = await createKubectl(cluster);
  const kubeconfig = await labKubeconfig(cluster);
  const kube = createKubeClient(
    await openKubernetes({
      kubeconfig: kubeconfig.path,
      context: kubeconfig.context,
      inClusterAddress: null,
    }),
  );
  const request = (environment: TestEnvironment, more: Partial<RemovalRequest> = {}): RemovalRequest => ({
    ...{ kube, cluster, recorded: [], policy: noRepairs, clock: systemClock, limitSeconds: 300 },
    ...environment,
    ...more,
  });
  return {
    ...{ cluster, kubectl, kube, busybox, kubeconfig: kubeconfig.path },
    /** A namespace with pods that ignore SIGTERM, a claim that they use, a service, and objects outside of it. */
    makeEnvironment: (labels: Record<string, string> = {}) => makeEnvironment(kubectl, busybox, labels),
    /** A namespace with the label and nothing in it. */
    makeEmpty: (labels: Record<string, string> = {}) => makeEmpty(kubectl, labels),
    remove: (environment: TestEnvironment, more: Partial<RemovalRequest> = {}) =>
      removeEnvironment(request(environment, more)),
    /** A removal in the background. */
    begin(environment: TestEnvironment, more: Partial<RemovalRequest> = {}): RunningRemoval {
      const told: RunningRemoval["told"] = [];
      let current: readonly Blocker[] = [];
      const onBlockers = (blockers: readonly Blocker[]) => {
        current = blockers;
        for (const blocker of blockers)
          if (!told.some(({ blocker: known }) => isSame(known, blocker)))
            told.push({ blocker, at: Date.now() });
      };
      const outcome = removeEnvironment(request(environment, { onBlockers, ...more }));
      return { told, current: () => current, outcome };
    },
    /** Runs a command line as a person would, with the cluster's administrator behind kubectl. */
    async shell(command: string): Promise<void> {
      const path = `${dirname((await findTool("kubectl")).path)}:/usr/bin:/bin`;
      const environment = { PATH: path, KUBECONFIG: kubeconfig.path, HOME: "/nonexistent" };
      const { exitCode, stderr } = await tryCommand("/bin/sh", ["-c", command], { environment });
      if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
    },
    listByKubectl: (environment: TestEnvironment) => listByKubectl(kubectl, environment),
    async close() {
      await kube.close();
      await labDown();
    },
  };
}
export type RemovalWorld = Awaited<ReturnType<typeof openRemovalWorld>>;

const isSame = (a: Blocker, b: Blocker) => a.message === b.message && a.repaired === b.repaired;

async function makeEmpty(kubectl: Kubectl, labels: Record<string, string>): Promise<TestEnvironment> {
  const environmentId = newId("environment");
  const namespace = `test-${environmentId.slice(2)}`;
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace, labels: { [environmentLabel]: environmentId, ...labels } },
  });
  return { environmentId, namespace };
}

async function makeEnvironment(
  kubectl: Kubectl,
  image: string,
  more: Record<string, string>,
): Promise<TestEnvironment> {
  const environment = await makeEmpty(kubectl, more);
  const { environmentId, namespace } = environment;
  const labels = { [environmentLabel]: environmentId, ...more };
  const inside = (name: string) => ({ name, namespace, labels });
  const outside = { name: namespace, labels };
  const size = { storage: "1Mi" };
  const volume = { storageClassName: "", accessModes: ["ReadWriteOnce"] };
  await kubectl.apply(
    {
      ...{ apiVersion: "v1", kind: "PersistentVolume", metadata: outside },
      spec: { ...volume, capacity: size, hostPath: { path: `/tmp/${namespace}` } },
    },
    {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: inside("data") },
      spec: { ...volume, volumeName: namespace, resources: { requests: size } },
    },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: outside, rules: [] },
    { apiVersion: "v1", kind: "ConfigMap", metadata: inside("settings"), data: { a: "b" } },
    { apiVersion: "v1", kind: "Secret", metadata: inside("key"), stringData: { a: "b" } },
    {
      ...{ apiVersion: "v1", kind: "Service", metadata: inside("deaf") },
      spec: { selector: { app: "deaf" }, ports: [{ port: 80 }] },
    },
    deafDeployment(inside("deaf"), image),
  );
  await kubectl.run(["-n", namespace, "rollout", "status", "deployment/deaf", "--timeout=120s"]);
  return environment;
}

/** Its pods hear no SIGTERM and use the claim `data`. */
function deafDeployment(metadata: object, image: string): object {
  const command = ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"];
  const container = { name: "main", image, command, volumeMounts: [{ name: "data", mountPath: "/data" }] };
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  const labels = { app: "deaf" };
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
    spec: {
      ...{ replicas: 2, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { containers: [container], volumes } },
    },
  };
}

export type Listed = { uid: string; kind: string; name: string };

/** What kubectl finds of an environment, over all types that the cluster lists: by label, and in its namespace. */
async function listByKubectl(
  kubectl: Kubectl,
  { environmentId, namespace }: TestEnvironment,
): Promise<Listed[]> {
  const typesOf = async (...more: string[]) =>
    (await kubectl.run(["api-resources", "--verbs=list,delete", ...more, "-o", "name"])).trim().split("\n");
  const [all, inside] = await Promise.all([typesOf(), typesOf("--namespaced")]);
  const format = ["-o", "json", "--ignore-not-found"];
  const lists = await Promise.all([
    kubectl.run(["get", all.join(), "-A", "-l", `${environmentLabel}=${environmentId}`, ...format]),
    kubectl.run(["get", inside.join(), "-n", namespace, ...format]),
  ]);
  type Item = { kind: string; metadata: { uid: string; name: string } };
  const items = lists.flatMap((text): Item[] => (text.trim() === "" ? [] : JSON.parse(text).items));
  const listed = items.map(({ kind, metadata: { uid, name } }) => ({ uid, kind, name }));
  return [...new Map(listed.map((one) => [one.uid, one])).values()];
}
