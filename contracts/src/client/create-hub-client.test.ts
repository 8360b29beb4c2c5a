import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createHubClient } from "./create-hub-client.ts";
import { readPages } from "./read-pages.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function startServer(handler: Handler) {
  const requests: { method: string; url: string; headers: IncomingMessage["headers"] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: String(request.method), url: String(request.url), headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, client: createHubClient({ hubUrl: url, token: "secret", fetch }) };
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const project = {
  id: "p-1",
  name: "web",
  runningQuota: 5,
  environmentQuota: 5,
  createdAt: "2026-01-01T00:00:00.000Z",
};
const event = (id: number, type = "run.planned") => ({
  id,
  type,
  at: "2026-01-01T00:00:00.000Z",
  actor: { kind: "worker", id: "t-1", name: "worker" },
  data: {},
});
const message = (one: ReturnType<typeof event>) =>
  `id: ${one.id}\nevent: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`;

test("a request carries the token and the answer is parsed", async () => {
  const { client, requests } = await startServer((_request, response) => json(response, 201, project));
  expect(await client.createProject({ name: "web" })).toEqual(project);
  expect(requests[0]).toMatchObject({ url: "/v1/projects", headers: { authorization: "Bearer secret" } });
});

test("a name cannot leave its place in the path", async () => {
  const { client, requests } = await startServer((_request, response) => json(response, 200, project));
  await client.getCluster("../../v1/tokens?x=").catch(() => undefined);
  expect(requests[0]?.url).toBe("/v1/clusters/..%2F..%2Fv1%2Ftokens%3Fx%3D");
});

test("a problem becomes the error it was", async () => {
  const problem = {
    type: "https://seatrial.dev/problems/conflict",
    title: "Conflict",
    status: 409,
    code: "conflict",
    detail: "the name is taken",
    requestId: "q-1",
    fields: [{ path: "/name", message: "taken" }],
  };
  const { client } = await startServer((_request, response) => json(response, 409, problem));
  await expect(client.createProject({ name: "web" })).rejects.toMatchObject({
    code: "conflict",
    message: "the name is taken",
    details: { fields: [{ path: "/name", message: "taken" }] },
  });
});

test("an answer in another shape is an error that says where", async () => {
  const { client } = await startServer((_request, response) =>
    json(response, 200, { ...project, runningQuota: "5" }),
  );
  await expect(client.createProject({ name: "web" })).rejects.toThrow("runningQuota");
});

test("something that is no hub is told apart", async () => {
  const { client, url } = await startServer((_request, response) => response.writeHead(502).end("<html>"));
  await expect(client.listProjects()).rejects.toMatchObject({ code: "unavailable" });
  await expect(client.listProjects()).rejects.toThrow(`GET ${url}/v1/projects answered 502`);
});

test("an address where nobody listens is said with its cause", async () => {
  const client = createHubClient({ hubUrl: "http://127.0.0.1:1", token: null, fetch });
  await expect(client.health()).rejects.toMatchObject({ code: "unavailable" });
  await expect(client.health()).rejects.toThrow("no answer from http://127.0.0.1:1");
});

test("content is looked for before it is sent", async () => {
  const { client, requests } = await startServer((request, response) =>
    response.writeHead(request.method === "HEAD" ? 404 : 201).end(),
  );
  const sha256 = "a".repeat(64);
  expect(await client.project("web").hasContent(sha256)).toBe(false);
  await client.project("web").uploadContent(sha256, new Uint8Array([1, 2]));
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `HEAD /v1/projects/web/contents/${sha256}`,
    `PUT /v1/projects/web/contents/${sha256}`,
  ]);
});

test("a listing is read to its last page", async () => {
  const { client } = await startServer((request, response) => {
    const second = String(request.url).includes("cursor=two");
    const item = { ...project, name: second ? "second" : "first" };
    json(response, 200, { items: [item], nextCursor: second ? null : "two" });
  });
  const names = await Array.fromAsync(
    readPages((query) => client.listProjects(query)),
    (one) => one.name,
  );
  expect(names).toEqual(["first", "second"]);
});

test("events go on after the last one seen when the connection breaks", async () => {
  const { client, requests } = await startServer((request, response) => {
    const last = Number(request.headers["last-event-id"] ?? 0);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`: hello\n\n${message(event(last + 1))}`);
    response.write(`id: ${last + 2}\r\ndata: ${JSON.stringify(event(last + 2))}\r\n\r\n`, () =>
      response.destroy(),
    );
  });
  const seen: number[] = [];
  const waits: number[] = [];
  const sleep = async (milliseconds: number) => void waits.push(milliseconds);
  for await (const one of client.project("web").followEvents("r-1", { sleep })) {
    seen.push(one.id);
    if (seen.length === 6) break;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect(requests.map((request) => request.headers["last-event-id"])).toEqual([undefined, "2", "4"]);
  expect(waits).toEqual([250, 250]);
});

test("an event stream that the hub refuses ends with the hub's error", async () => {
  const { client } = await startServer((_request, response) => response.writeHead(404).end());
  const events = client.project("web").followEvents("r-1", { sleep: async () => {} });
  await expect(events.next()).rejects.toMatchObject({ code: "not_found" });
});

test("following ends when its signal aborts", async () => {
  const { client } = await startServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(message(event(1)));
  });
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const one of client
    .project("web")
    .followEvents("r-1", { sleep: async () => {}, signal: stop.signal })) {
    seen.push(one.id);
    stop.abort();
  }
  expect(seen).toEqual([1]);
});
