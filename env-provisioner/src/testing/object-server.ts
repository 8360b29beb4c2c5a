import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createKubeClient, type KubeClient } from "@seatrial/kube-link/kube-client.ts";

type Json = Record<string, unknown>;
export type ServedObject = Json & { metadata: { name: string } };
export type ObjectServer = {
  kube: KubeClient;
  /** What it holds, by the path of their list; a test may change it at any time. */
  objects: Record<string, ServedObject[]>;
  /** Each write: the object's path and the manager of its fields. */
  writes: { path: string; manager: string | null }[];
  close: () => Promise<void>;
};

/** An object in a namespace, by its name. */
const singleObject = /^\/(api\/v1|apis\/[^/]+\/[^/]+)\/namespaces\/[^/]+\/[^/]+\/[^/]+$/;

/**
 * An API server of namespaces, lists and merge patches (RFC 7396) for tests without a cluster. A list that it does not
 * have is an empty one; any other write is answered with 404.
 */
export async function createObjectServer(
  objects: Record<string, ServedObject[]> = {},
): Promise<ObjectServer> {
  const namespaces = {
    ...{ name: "namespaces", kind: "Namespace", namespaced: false },
    verbs: ["get", "list", "delete"],
  };
  const discovery: Record<string, unknown> = {
    "/apis": { groups: [] },
    "/api/v1": { resources: [namespaces] },
  };
  const writes: ObjectServer["writes"] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    if (request.method === "GET" && !singleObject.test(url.pathname)) {
      const list = { metadata: {}, items: objects[url.pathname] ?? [] };
      response.end(JSON.stringify(discovery[url.pathname] ?? list));
      return;
    }
    const text = Buffer.concat(await request.toArray()).toString();
    const cut = url.pathname.lastIndexOf("/");
    const found = objects[url.pathname.slice(0, cut)]?.find(
      ({ metadata }) => metadata.name === url.pathname.slice(cut + 1),
    );
    if (found && request.method === "PATCH") merge(found, JSON.parse(text));
    if (request.method !== "GET")
      writes.push({ path: url.pathname, manager: url.searchParams.get("fieldManager") });
    response.statusCode = found ? 200 : 404;
    response.end(JSON.stringify(found ?? { reason: "NotFound", message: "not there" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const access = { caPem: null, clientCertificatePem: null, clientKeyPem: null, token: async () => null };
  const kube = createKubeClient({ server: `http://127.0.0.1:${port}`, ...access });
  return {
    kube,
    objects,
    writes,
    async close() {
      await kube.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function merge(target: Json, patch: Json): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key];
    else if (typeof value === "object" && !Array.isArray(value)) {
      const inner = (target[key] ?? {}) as Json;
      target[key] = inner;
      merge(inner, value as Json);
    } else target[key] = value;
  }
}
