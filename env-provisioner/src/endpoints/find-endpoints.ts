import type { EnvironmentTemplate, Reach } from "@seatrial/contracts/environments/environment-template.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { Node } from "@seatrial/kube-link/kube-types.ts";
import { OperationError } from "../operation-error.ts";

type Expose = EnvironmentTemplate["expose"];
type ServicePort = { name?: string; port: number; protocol?: string; nodePort?: number };
export type Service = {
  metadata: { name: string };
  spec?: { type?: string; ports?: ServicePort[] };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
};

/** Where an endpoint answers, and the Service behind it. */
export type FoundEndpoint = {
  name: string;
  reach: Reach;
  url: string;
  host: string;
  port: number;
  service: string;
  servicePort: number;
  ready: Expose[string]["ready"];
};

/**
 * Resolves what a template exposes to addresses. `cluster`: the Service's name; `network`: its load balancer, or its
 * node port at a node. Throws `OperationError` (`not_proved`) that names the endpoint and what is missing.
 */
export async function findEndpoints(
  kube: KubeClient,
  namespace: string,
  expose: Expose,
  signal?: AbortSignal,
): Promise<FoundEndpoint[]> {
  const wanted = Object.entries(expose);
  if (wanted.length === 0) return [];
  const options = signal ? { signal } : {};
  const services = await kube.get<{ items: Service[] }>(`/api/v1/namespaces/${namespace}/services`, options);
  const isNetwork = wanted.some(([, one]) => one.reach === "network");
  const nodes = isNetwork ? (await kube.get<{ items: Node[] }>("/api/v1/nodes", options)).items : [];
  return wanted.map(([name, one]) => {
    const service = pickService(name, one, services.items);
    const base = {
      name,
      reach: one.reach,
      service: service.metadata.name,
      servicePort: one.port,
      ready: one.ready,
    };
    const address =
      one.reach === "cluster"
        ? { host: `${service.metadata.name}.${namespace}.svc`, port: one.port }
        : networkAddress(name, service, one.port, nodes);
    return { ...base, ...address, url: `http://${bracketed(address.host)}:${address.port}` };
  });
}

function pickService(name: string, one: Expose[string], services: Service[]): Service {
  const fitting = services.filter(
    (service) =>
      (one.service === null || service.metadata.name === one.service) &&
      service.spec?.ports?.some((port) => port.port === one.port),
  );
  const [first] = fitting;
  if (first && fitting.length === 1) return first;
  const names = services.map((service) => service.metadata.name).join(", ") || "none";
  if (first) {
    const several = fitting.map((service) => service.metadata.name).join(", ");
    throw wrong(name, `port ${one.port} is of several Services (${several}): name one with service:`);
  }
  const which = one.service === null ? "no Service" : `no Service ${one.service}`;
  throw wrong(name, `${which} has the port ${one.port}; there are: ${names}`);
}

function networkAddress(
  name: string,
  service: Service,
  port: number,
  nodes: Node[],
): { host: string; port: number } {
  const balancer = service.status?.loadBalancer?.ingress?.[0];
  const balanced = balancer?.ip ?? balancer?.hostname;
  if (balanced) return { host: balanced, port };
  const nodePort = service.spec?.ports?.find((one) => one.port === port)?.nodePort;
  if (!nodePort)
    throw wrong(
      name,
      `Service ${service.metadata.name} is ${service.spec?.type ?? "ClusterIP"}, so nothing outside the cluster reaches it: make it a NodePort, or leave reach: network out`,
    );
  const node = nodes.find(isReady);
  const address = node?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  if (!address) throw wrong(name, "no ready node has an address");
  return { host: address, port: nodePort };
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function wrong(name: string, message: string): OperationError {
  return new OperationError("not_proved", `Endpoint ${name}: ${message}`);
}
