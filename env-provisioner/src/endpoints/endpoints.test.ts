import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exposeSchema } from "@seatrial/contracts/environments/environment-template.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { expect, test } from "vitest";
import { createObjectServer, type ServedObject } from "../testing/object-server.ts";
import { type FoundEndpoint, findEndpoints } from "./find-endpoints.ts";
import { probeDirectly } from "./probe-endpoint.ts";
import { proveEndpoints } from "./prove-endpoints.ts";

const service = (name: string, ports: object[], more: object = {}): ServedObject => ({
  metadata: { name },
  spec: { type: "ClusterIP", ports },
  ...more,
});
const node = (name: string, address: string, status = "True"): ServedObject => ({
  metadata: { name },
  status: { conditions: [{ type: "Ready", status }], addresses: [{ type: "InternalIP", address }] },
});

async function find(services: ServedObject[], expose: Record<string, object>, nodes: ServedObject[] = []) {
  const server = await createObjectServer({
    "/api/v1/namespaces/shop-1/services": services,
    "/api/v1/nodes": nodes,
  });
  const wanted = Object.entries(expose).map(([name, one]) => [name, exposeSchema.parse(one)]);
  try {
    return await findEndpoints(server.kube, "shop-1", Object.fromEntries(wanted));
  } finally {
    await server.close();
  }
}
const web = service("web", [{ port: 80 }]);

test("an endpoint is the only Service with its port, under its name in the cluster", async () => {
  const found = await find([web, service("cache", [{ port: 6379 }])], { site: { port: 80 } });
  expect(found).toMatchObject([
    { name: "site", service: "web", url: "http://web.shop-1.svc:80", host: "web.shop-1.svc", port: 80 },
  ]);
});

test("what cannot be told apart, or is not there, is refused with what there is", async () => {
  const both = [web, service("admin", [{ port: 80 }])];
  await expect(find(both, { site: { port: 80 } })).rejects.toMatchObject({
    code: "not_proved",
    message: "Endpoint site: port 80 is of several Services (web, admin): name one with service:",
  });
  expect(await find(both, { site: { port: 80, service: "admin" } })).toMatchObject([{ service: "admin" }]);
  await expect(find([web], { site: { port: 81 } })).rejects.toThrow(
    "no Service has the port 81; there are: web",
  );
  await expect(find([], { site: { port: 80 } })).rejects.toThrow("there are: none");
});

test("with reach network it is the load balancer's address, or the node port at a node that is ready", async () => {
  const site = { site: { port: 80, reach: "network" } };
  const opened = service("web", [{ port: 80, nodePort: 30_080 }]);
  const nodes = [node("down", "10.0.0.1", "False"), node("up", "10.0.0.2")];
  expect(await find([opened], site, nodes)).toMatchObject([{ url: "http://10.0.0.2:30080", port: 30_080 }]);
  const balanced = { ...opened, status: { loadBalancer: { ingress: [{ ip: "2001:db8::1" }] } } };
  expect(await find([balanced], site, nodes)).toMatchObject([{ url: "http://[2001:db8::1]:80", port: 80 }]);
  await expect(find([web], site, nodes)).rejects.toThrow("make it a NodePort, or leave reach: network out");
  await expect(find([opened], site, nodes.slice(0, 1))).rejects.toThrow("no ready node has an address");
});

const endpoint = (port: number, ready: Partial<FoundEndpoint["ready"]> = {}): FoundEndpoint => ({
  ...{ name: "web", reach: "cluster", service: "web", servicePort: 80 },
  ...{ url: `http://127.0.0.1:${port}`, host: "127.0.0.1", port, ready: { get: "/", times: 3, ...ready } },
});
/** Runs with a server that answers with these statuses, the last one for ever; tells the paths that were asked. */
async function served<Result>(statuses: number[], use: (port: number, asked: string[]) => Promise<Result>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    response.statusCode = statuses[Math.min(asked.length, statuses.length - 1)] ?? 200;
    asked.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use((server.address() as AddressInfo).port, asked);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
/** Time passes only by waiting, so nothing depends on how fast the machine is. */
function proving(timeoutSeconds: number, ...endpoints: FoundEndpoint[]) {
  let now = createManualClock().now();
  const clock = {
    now: () => now,
    elapsed: () => now,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const deps = { probe: probeDirectly, clock, signal: new AbortController().signal };
  return proveEndpoints(deps, endpoints, timeoutSeconds);
}

test("an endpoint is proved by answers in a row: one that fails begins the count anew", async () => {
  await served([503, 200, 200, 503, 200], async (port, asked) => {
    const [proved] = await proving(60, endpoint(port, { get: "/ready" }));
    expect(asked).toEqual(Array(7).fill("/ready"));
    expect(proved).toMatchObject({ name: "web", port, provedAt: expect.any(String) });
  });
});

test("one that never answers as asked is refused with its address, the tries and the last answer", async () => {
  await served([200, 200, 404], async (port) => {
    await expect(proving(5, endpoint(port))).rejects.toMatchObject({
      code: "not_proved",
      message: expect.stringMatching(
        new RegExp(
          `^Endpoint web \\(http://127.0.0.1:${port}\\) is not proved after \\d+ tries of GET /, 3 in a row; the last one: status 404$`,
        ),
      ),
    });
  });
});

test("redirects are no answer: what they lead to may be elsewhere", async () => {
  await served([302], (port) => expect(proving(1, endpoint(port))).rejects.toThrow("status 302"));
});

test("without a path it is enough that a connection opens; a closed port is refused", async () => {
  const port = await served([500], async (open) => {
    expect(await proving(5, endpoint(open, { get: null }))).toHaveLength(1);
    return open;
  });
  await expect(proving(1, endpoint(port, { get: null }))).rejects.toThrow(
    /a connection, 3 in a row; .*ECONNREFUSED/,
  );
});

test("several are proved together, and one that is not refuses them all", async () => {
  await served([200], (good) =>
    served([500], (bad) => expect(proving(1, endpoint(good), endpoint(bad))).rejects.toThrow(`:${bad}`)),
  );
});
