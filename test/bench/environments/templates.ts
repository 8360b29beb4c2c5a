import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type EnvironmentTemplate,
  environmentTemplateSchema,
} from "@seatrial/contracts/environments/environment-template.ts";
import { stringify } from "yaml";

/** A template with the folder that its paths are in. `change` alters one object of it, in the same folder. */
export type BenchTemplate = {
  name: string;
  folder: string;
  template: EnvironmentTemplate;
  change: (round: number) => Promise<void>;
};

const labels = { app: "web" };

/** One Deployment, its Service, and config maps up to `count` objects. */
export async function plainTemplate(folder: string, count: number, image: string): Promise<BenchTemplate> {
  await mkdir(folder, { recursive: true });
  const write = (text: string) => writeFile(join(folder, "all.yaml"), allObjects(count, image, text));
  await write("first");
  return {
    name: `${count} objects`,
    folder,
    template: environmentTemplateSchema.parse({
      components: [{ name: "app", kind: "manifests", path: "all.yaml" }],
      expose: { web: { service: "web", port: 80, ready: { times: 1 } } },
    }),
    change: (round) => write(`round ${round}`),
  };
}

function allObjects(count: number, image: string, text: string): string {
  const maps = Array.from({ length: count - 2 }, (_, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `config-${index}` },
    data: { text: index === 0 ? text : "the same" },
  }));
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  };
  const container = {
    name: "web",
    image,
    command: ["httpd", "-f", "-p", "8080"],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    resources: { requests: { cpu: "5m", memory: "8Mi" }, limits: { memory: "32Mi" } },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 5, containers: [container] },
      },
    },
  };
  return [...maps, service, deployment].map((object) => stringify(object)).join("---\n");
}
