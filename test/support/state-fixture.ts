import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlannedObject } from "@seatrial/env-provisioner/planned-object.ts";
import { planned } from "./engine-world.ts";

/** Sealed states as earlier versions of Seatrial left them, one folder each. */
export const statesFolder = join(import.meta.dirname, "../fixtures/states");

export type StateFixture = {
  name: string;
  environmentId: string;
  project: string;
  engine: string;
  provider: string;
  sealed: Uint8Array;
  key: Uint8Array;
};

export async function listStateFixtures(): Promise<string[]> {
  const entries = await readdir(statesFolder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

export async function readStateFixture(name: string): Promise<StateFixture> {
  const folder = join(statesFolder, name);
  const about = JSON.parse(await readFile(join(folder, "environment.json"), "utf8"));
  const key = Buffer.from(await readFile(join(folder, "key.base64"), "utf8"), "base64");
  return { name, ...about, key, sealed: await readFile(join(folder, "state.sealed")) };
}

/** What the recorded environments were made of: a small web application with one secret. */
export function recordedObjects(namespace: string, image: string): PlannedObject[] {
  const labels = { app: "web" };
  const container = {
    name: "web",
    image,
    command: ["httpd", "-f", "-p", "8080"],
    ports: [{ containerPort: 8080 }],
    envFrom: [{ secretRef: { name: "password" } }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  };
  const ingress = { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] };
  return [
    planned("v1", "Namespace", namespace, null),
    planned("v1", "ResourceQuota", "quota", namespace, { spec: { hard: { pods: "10" } } }),
    planned("networking.k8s.io/v1", "NetworkPolicy", "allow", namespace, { spec: ingress }),
    planned("v1", "ServiceAccount", "web", namespace),
    planned("v1", "ConfigMap", "page", namespace, { data: { text: "recorded" } }),
    planned("v1", "Secret", "password", namespace, { stringData: { PASSWORD: recordedSecret } }),
    planned("v1", "Service", "web", namespace, {
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    }),
    planned("apps/v1", "Deployment", "web", namespace, {
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { serviceAccountName: "web", terminationGracePeriodSeconds: 0, containers: [container] },
        },
      },
    }),
  ];
}

/** Known to everybody, like the key beside the state. */
export const recordedSecret = "recorded-and-not-secret";
