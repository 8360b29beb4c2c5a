import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createHttpClient, readBytes, readText, StaleConnectionError } from "./create-http-client.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = createHttpClient({ caPem: null });
  closers.push(
    client.close,
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const send = async (method: string, body: string | null) => {
    const answered = await client.send(url, { method, headers: {}, body });
    return `${answered.status} ${await readText(answered.body)}`;
  };
  return { send, client, url, connections: () => connections };
}

it("sends bodies of every method whole, one request after the other on one connection", async () => {
  const { send, connections } = await serving(async (request, response) => {
    response.end(`${request.method} ${await readText(request)}`);
  });
  for (const method of ["DELETE", "POST", "DELETE", "PATCH"])
    expect(await send(method, '{"text":"é€😀"}')).toBe(`200 ${method} {"text":"é€😀"}`);
  expect(await send("GET", null)).toBe("200 GET ");
  expect(connections()).toBe(1);
});
it("sends and reads bytes as they are, also those that are no text", async () => {
  const { client, url } = await serving(async (request, response) => response.end(await readBytes(request)));
  const bytes = new Uint8Array([0, 255, 195, 40, 13, 10, 0]);
  const answered = await client.send(url, { method: "PUT", headers: {}, body: bytes });
  expect(new Uint8Array(await readBytes(answered.body))).toEqual(bytes);
});
it("says so when a kept connection was closed under a request", async () => {
  let answered = 0;
  const { send } = await serving((request, response) => {
    answered += 1;
    if (answered === 2) request.socket.destroy();
    else response.end();
  });
  await send("GET", null);
  await expect(send("GET", null)).rejects.toThrow(StaleConnectionError);
  expect(await send("GET", null)).toBe("200 ");
});
it("rejects a body that ends before its time", async () => {
  const { send } = await serving((request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half", () => request.socket.destroy());
  });
  await expect(send("GET", null)).rejects.toThrow();
});
it("ends reading when the signal aborts", async () => {
  const { client, url } = await serving((_request, response) => void response.write("begin"));
  const controller = new AbortController();
  const { body } = await client.send(url, {
    method: "GET",
    headers: {},
    body: null,
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 20);
  await expect(readText(body)).rejects.toThrow();
});
