import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { testCertificate } from "../testing/test-certificate.ts";
import { createHubFetch } from "./hub-fetch.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
async function secureServer(): Promise<string> {
  const server = createServer(
    { cert: testCertificate.certPem, key: testCertificate.keyPem },
    (_request, response) => response.end("hello"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const plain = () => ({ method: "GET", headers: {}, body: null, signal: AbortSignal.timeout(5_000) });

it("trusts the CA it is given", async () => {
  const { fetch, close } = createHubFetch(testCertificate.certPem);
  closers.push(() => void close());
  expect(await (await fetch(await secureServer(), plain())).text()).toBe("hello");
});
it("trusts nobody else, and nothing in the process does because of it", async () => {
  const { fetch, close } = createHubFetch(null);
  closers.push(() => void close());
  const url = await secureServer();
  await expect(fetch(url, plain())).rejects.toThrow();
  await expect(globalThis.fetch(url)).rejects.toThrow();
});
