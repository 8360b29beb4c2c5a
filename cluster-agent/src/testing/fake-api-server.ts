import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { findNode, statuses } from "./fake-scheduler.ts";

/** What a request is answered with instead: a status of the API, a broken connection, or nothing. */
export type Refusal = { code: number; reason: string; message: string } | "drop" | "hang";
type Asked = { method: string; path: string; query: URLSearchParams; body: string };
export type FakeApiServer = Awaited<ReturnType<typeof createFakeApiServer>>;

/** A ready node with so much for pods. */
export function readyNode(name: string, allocatable: { cpu: string; memory?: string; pods?: string }): Node {
  return {
    metadata: { name, labels: {} },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      allocatable: { memory: "64Gi", pods: "110", ...allocatable },
    },
  };
}

/**
 * Nodes, pods of one namespace and a scheduler on a real socket: for tests of agents without a cluster. Pods that find
 * a node run until `end`. `refuse` is asked for each request first.
 */
export async function createFakeApiServer(options: {
  nodes: Node[];
  refuse?: (asked: Asked) => Refusal | null;
}) {
  const { nodes } = options;
  const pods = new Map<string, Pod>();
  const requests: Asked[] = [];
  const watchers = new Set<ServerResponse>();
  const changes = new Set<() => void>();
  let refuse = options.refuse ?? (() => null);
  let version = 1;

  function announce(type: string, pod: Pod): void {
    for (const watcher of watchers) watcher.write(`${JSON.stringify({ type, object: pod })}\n`);
    for (const resolve of changes) resolve();
    changes.clear();
  }
  function put(pod: Pod): Pod {
    version += 1;
    const next = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) } };
    pods.set(pod.metadata.name, next);
    announce("MODIFIED", next);
    return next;
  }
  function schedule(): void {
    for (const pod of pods.values()) {
      if (pod.spec.nodeName !== undefined) continue;
      const node = findNode(nodes, [...pods.values()], pod);
      const [main] = pod.spec.containers;
      if (node)
        put({
          ...pod,
          spec: { ...pod.spec, nodeName: node.metadata.name },
          status: statuses.running(main?.name ?? ""),
        });
      else if (pod.status === undefined) put({ ...pod, status: statuses.unschedulable });
    }
  }
  function remove(name: string): Pod | undefined {
    const pod = pods.get(name);
    if (!pod) return undefined;
    pods.delete(name);
    version += 1;
    announce("DELETED", { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) } });
    schedule();
    return pod;
  }

  function listNodes(query: URLSearchParams): unknown {
    const wanted = (query.get("labelSelector") ?? "").split(",").filter(Boolean);
    const selected = nodes.filter(({ metadata }) =>
      wanted.every(
        (label) => `${label.split("=")[0]}=${metadata.labels?.[label.split("=")[0] ?? ""]}` === label,
      ),
    );
    const from = Number(query.get("continue") ?? 0);
    const to = from + Number(query.get("limit") ?? selected.length);
    return {
      metadata: to < selected.length ? { continue: String(to) } : {},
      items: selected.slice(from, to),
    };
  }
  function create(pod: Pod, isDry: boolean): Pod | null {
    const { name } = pod.metadata;
    if (isDry) return pod;
    if (pods.has(name)) return null;
    put({ ...pod, metadata: { ...pod.metadata, uid: `uid-${name}` } });
    schedule();
    return pods.get(name) ?? null;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await request.toArray()).toString("utf8");
    const { pathname: path, searchParams: query } = new URL(request.url ?? "", "http://x");
    const asked = { method: request.method ?? "", path, query, body: text };
    requests.push(asked);
    const send = (code: number, body: unknown) =>
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
    const refusal = refuse(asked);
    if (refusal === "hang") return;
    if (refusal === "drop") return void request.socket.destroy();
    if (refusal) return void send(refusal.code, { kind: "Status", ...refusal });
    const missing = () => send(404, { reason: "NotFound", message: `${path} is not there` });
    if (path === "/version") return void send(200, { gitVersion: "v1.36.3" });
    if (path === "/api/v1/nodes") return void send(200, listNodes(query));
    if (path.startsWith("/api/v1/nodes/")) {
      const node = nodes.find(({ metadata }) => path.endsWith(`/${metadata.name}`));
      return void (node ? send(200, node) : missing());
    }
    const [, name, part] = /\/pods(?:\/([^/]+))?(?:\/(log))?$/.exec(path) ?? [];
    if (part !== undefined) return void response.end("");
    if (name === undefined && query.has("watch")) {
      response.writeHead(200).flushHeaders();
      watchers.add(response);
      return void response.on("close", () => watchers.delete(response));
    }
    if (name === undefined && asked.method === "POST") {
      const made = create(JSON.parse(text), query.has("dryRun"));
      return void (made ? send(201, made) : send(409, { reason: "AlreadyExists", message: "is there" }));
    }
    if (name === undefined)
      return void send(200, { metadata: { resourceVersion: String(version) }, items: [...pods.values()] });
    const found = asked.method === "DELETE" ? remove(name) : pods.get(name);
    return void (found ? send(200, found) : missing());
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nodes,
    requests,
    refuse(next: (asked: Asked) => Refusal | null): void {
      refuse = next;
    },
    pods: () => [...pods.values()],
    running: () => [...pods.values()].filter(({ status }) => status?.phase === "Running"),
    /** The command of this pod ends. */
    end(name: string, exitCode = 0): void {
      const pod = pods.get(name);
      if (pod) put({ ...pod, status: statuses.ended(pod.spec.containers[0]?.name ?? "", exitCode) });
      schedule();
    },
    /** After a change of nodes. */
    schedule,
    /** Resolves when the condition holds; looked at after each change of a pod. */
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) await new Promise<void>((resolve) => changes.add(resolve));
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
