import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createRegistry, type Registry, type RegistrySettings } from "./create-registry.ts";

const servers: Server[] = [];
const registries: Registry[] = [];
afterEach(async () => {
  for (const registry of registries.splice(0)) await registry.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** The host and port of a server that answers so. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(settings: Partial<RegistrySettings> = {}): Registry {
  const registry = createRegistry({
    ...{ credentials: new Map(), plainHttpHosts: [], privateHosts: [] },
    ...settings,
  });
  registries.push(registry);
  return registry;
}
const { signal } = new AbortController();
const digest = `sha256:${"a".repeat(64)}`;

test("an image that is there has a digest, one that is not has none and no problem", async () => {
  const host = await serve(({ url, method, headers }, response) => {
    const isIt = method === "HEAD" && headers.accept?.includes("image.index") === true;
    if (isIt && url === "/v2/acme/shop/manifests/pr-1") response.setHeader("docker-content-digest", digest);
    else response.statusCode = 404;
    response.end();
  });
  const registry = open({ plainHttpHosts: [host] });
  expect(await registry.findDigest(`${host}/acme/shop:pr-1`, signal)).toEqual({ digest, problem: null });
  expect(await registry.findDigest(`${host}/acme/shop:pr-2`, signal)).toEqual({
    digest: null,
    problem: null,
  });
  expect((await registry.findDigest("not an image", signal)).problem).toMatch(/no name of an image/);
});

test("a registry that wants to be left alone says for how long, up to a quarter of an hour", async () => {
  let after = "120";
  const host = await serve((_, response) => response.writeHead(429, { "retry-after": after }).end());
  const registry = open({ plainHttpHosts: [host] });
  const ask = () => registry.findDigest(`${host}/acme/shop:1`, signal);
  const problem = expect.stringContaining("429");
  expect(await ask()).toEqual({ digest: null, problem, retryInSeconds: 120 });
  after = "86400";
  expect(await ask()).toMatchObject({ retryInSeconds: 900 });
  after = "soon";
  expect(await ask()).toEqual({ digest: null, problem });
});

test("a token is asked for with the host's credentials, and for reading this repository only", async () => {
  const asked: (string | undefined)[] = [];
  let tokens = "";
  const host = await serve((request, response) => {
    asked.push(request.headers.authorization);
    if (request.url?.startsWith("/token") === true) {
      expect(request.headers.authorization).toBe("Basic dTpw");
      const { searchParams } = new URL(request.url, "http://x");
      expect(searchParams.get("scope")).toBe("repository:acme/shop:pull");
      expect(searchParams.get("service")).toBe("here, now");
      response.end(JSON.stringify({ token: "t-1" }));
    } else if (request.headers.authorization === "Bearer t-1") {
      response.setHeader("docker-content-digest", digest).end();
    } else {
      const challenge = `Bearer realm="${tokens}",service="here, now",scope="repository:other:push"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    }
  });
  tokens = `http://${host}/token`;
  const registry = open({ plainHttpHosts: [host], credentials: new Map([[host, "dTpw"]]) });
  expect(await registry.findDigest(`${host}/acme/shop:1`, signal)).toEqual({ digest, problem: null });
  // Nothing before it was asked for.
  expect(asked).toEqual([undefined, "Basic dTpw", "Bearer t-1"]);
});

test("credentials stay at home when a registry leads to another one", async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve(({ headers }, response) => {
    seen.push(headers.authorization);
    response.setHeader("docker-content-digest", digest).end();
  });
  const host = await serve(({ headers, url }, response) => {
    if (headers.authorization === undefined)
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
    else response.writeHead(307, { location: `http://${other}${url}` }).end();
  });
  const registry = open({ plainHttpHosts: [host, other], credentials: new Map([[host, "dTpw"]]) });
  expect((await registry.findDigest(`${host}/acme/shop:1`, signal)).digest).toBe(digest);
  expect(seen).toEqual([undefined]);
  const strict = open({ plainHttpHosts: [host], credentials: new Map([[host, "dTpw"]]) });
  expect((await strict.findDigest(`${host}/acme/shop:1`, signal)).problem).toMatch(/only asked over TLS/);
  expect(seen.length).toBe(1);
});

test("a token service that answers with anything is quoted nowhere", async () => {
  const host = await serve(({ url }, response) => {
    if (url?.startsWith("/token") === true) response.end("<b>not json</b>");
    else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
  });
  const { problem } = await open({ plainHttpHosts: [host] }).findDigest(`${host}/acme/shop:1`, signal);
  expect(problem).toMatch(/gives no token for it/);
  expect(problem).not.toMatch(/not json/);
});

test.each([
  ["the machine itself", "127.0.0.1"],
  ["its name", "localhost"],
  ["a cloud's metadata", "169.254.169.254"],
  ["an address in other digits", "2130706433"],
  ["the machine in IPv6", "[::1]"],
  ["a mapped address", "[::ffff:127.0.0.1]"],
])("a name of a pull request leads to nothing private: %s", async (_what, address) => {
  let requests = 0;
  const host = await serve((_request, response) => {
    requests += 1;
    response.end();
  });
  const port = host.split(":")[1];
  const found = await open().findDigest(`${address}:${port}/acme/shop:1`, signal);
  expect(found.digest).toBeNull();
  expect(found.problem).toMatch(/not a public address|no name of an image|does not answer/);
  expect(requests).toBe(0);
});

test("a registry that tells no digest has its manifest read, unless it is too large", async () => {
  const manifest = JSON.stringify({ schemaVersion: 2 });
  const host = await serve(({ method, url }, response) => {
    if (method === "HEAD") response.end();
    else if (url?.endsWith("small") === true) response.end(manifest);
    else response.end(Buffer.alloc(5 * 1_048_576));
  });
  const registry = open({ plainHttpHosts: [host] });
  const expected = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  expect((await registry.findDigest(`${host}/acme/shop:small`, signal)).digest).toBe(expected);
  const large = await registry.findDigest(`${host}/acme/shop:large`, signal);
  expect(large).toEqual({ digest: null, problem: "the registry's answer is too large" });
});

test("a registry that is away, refuses, fails, or leads in circles is a problem in words", async () => {
  const host = await serve(({ url }, response) => {
    const status = Number(/(\d+)$/.exec(url ?? "")?.[1]);
    response.writeHead(status, status === 302 ? { location: url } : {}).end();
  });
  const registry = open({ plainHttpHosts: [host, "127.0.0.1:1"] });
  const problem = async (tag: number) =>
    (await registry.findDigest(`${host}/acme/shop:${tag}`, signal)).problem;
  expect(await problem(403)).toMatch(/no rights/);
  expect(await problem(429)).toMatch(/too many requests/);
  expect(await problem(500)).toMatch(/answers 500/);
  expect(await problem(302)).toMatch(/leads nowhere/);
  const away = await registry.findDigest("127.0.0.1:1/acme/shop:1", signal);
  expect(away.problem).toMatch(/127\.0\.0\.1:1 does not answer/);
});
