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

/**
 * An API server of lists and merge patches (RFC 7396) for tests without a cluster. A list that it does not have is an
 * empty one.
 */
export async function createObjectServer(
  objects: Record<string, ServedObject[]> = {},
): Promise<ObjectServer> {
  const writes: ObjectServer["writes"] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    if (request.method !== "PATCH") {
      response.end(JSON.stringify({ metadata: {}, items: objects[url.pathname] ?? [] }));
      return;
    }
    const chunks = await request.toArray();
    const cut = url.pathname.lastIndexOf("/");
    const found = objects[url.pathname.slice(0, cut)]?.find(
      ({ metadata }) => metadata.name === url.pathname.slice(cut + 1),
    );
    if (found) merge(found, JSON.parse(Buffer.concat(chunks).toString()));
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
