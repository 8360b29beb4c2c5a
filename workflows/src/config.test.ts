import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const key = Buffer.alloc(32, 7).toString("base64");
const least = {
  SEATRIAL_HUB_URL: "https://hub.example.com",
  SEATRIAL_WORKER_TOKEN: "stw_x",
  SEATRIAL_TEMPORAL_ADDRESS: "temporal.example.com:7233",
  SEATRIAL_TEMPORAL_PAYLOAD_KEY: key,
};

test("the least configuration is plain text in the default namespace", () => {
  expect(readConfig(least).temporal).toEqual({
    address: "temporal.example.com:7233",
    namespace: "default",
    taskQueue: "seatrial",
    tls: null,
    apiKey: null,
  });
});

test("secrets may lie in files, and certificates or an API key switch TLS on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-worker-config-"));
  const files = { key, api: "secret-api-key", ca: "CA", crt: "CRT", pem: "KEY" };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), `${text}\n`);
  const { SEATRIAL_TEMPORAL_PAYLOAD_KEY: _, ...withoutKey } = least;
  const config = readConfig({
    ...withoutKey,
    SEATRIAL_TEMPORAL_PAYLOAD_KEY_FILE: join(folder, "key"),
    SEATRIAL_TEMPORAL_API_KEY_FILE: join(folder, "api"),
    SEATRIAL_TEMPORAL_TLS_CA_FILE: join(folder, "ca"),
    SEATRIAL_TEMPORAL_TLS_CERTIFICATE_FILE: join(folder, "crt"),
    SEATRIAL_TEMPORAL_TLS_KEY_FILE: join(folder, "pem"),
  });
  expect(config.payloadKeys[0].key).toEqual(Buffer.alloc(32, 7));
  expect(config.temporal.apiKey).toBe("secret-api-key");
  expect(config.temporal.tls?.serverRootCACertificate?.toString()).toBe("CA\n");
  expect(config.temporal.tls?.clientCertPair?.crt.toString()).toBe("CRT\n");
  expect(readConfig({ ...least, SEATRIAL_TEMPORAL_API_KEY: "x" }).temporal.tls).toEqual({});
});

test("GitHub's App and registries: none, then as the variables say", async () => {
  const nothing = { credentials: new Map(), plainHttpHosts: [], privateHosts: [] };
  expect(readConfig(least)).toMatchObject({ github: null, registry: nothing });
  const folder = await mkdtemp(join(tmpdir(), "seatrial-worker-config-"));
  await writeFile(join(folder, "app.pem"), "PEM\n");
  await writeFile(join(folder, "config.json"), '{"auths": {"ghcr.io": {"auth": "eA=="}}}');
  const config = readConfig({
    ...least,
    SEATRIAL_GITHUB_APP_ID: "12",
    SEATRIAL_GITHUB_PRIVATE_KEY_FILE: join(folder, "app.pem"),
    SEATRIAL_REGISTRY_CONFIG_FILE: join(folder, "config.json"),
    SEATRIAL_REGISTRY_PLAIN_HTTP: "Registry.lab:5000, other.lab",
    SEATRIAL_REGISTRY_PRIVATE_HOSTS: "inner.example.com",
  });
  expect(config.github).toEqual({ apiUrl: "https://api.github.com", appId: 12, privateKey: "PEM\n" });
  expect(config.registry).toEqual({
    credentials: new Map([["ghcr.io", "eA=="]]),
    plainHttpHosts: ["registry.lab:5000", "other.lab"],
    privateHosts: ["inner.example.com"],
  });
});

test.each([
  [{ SEATRIAL_GITHUB_APP_ID: "12" }, /SEATRIAL_GITHUB_PRIVATE_KEY.*belong together/],
  [{ SEATRIAL_GITHUB_APP_ID: "acme" }, /SEATRIAL_GITHUB_APP_ID/],
  [{ SEATRIAL_REGISTRY_CONFIG_FILE: "/nowhere.json" }, /SEATRIAL_REGISTRY_CONFIG_FILE/],
  [
    { SEATRIAL_TEMPORAL_ADDRESS: "https://temporal.example.com" },
    /SEATRIAL_TEMPORAL_ADDRESS: write host:port/,
  ],
  [{ SEATRIAL_TEMPORAL_PAYLOAD_KEY: undefined }, /SEATRIAL_TEMPORAL_PAYLOAD_KEY.*32 bytes/],
  [{ SEATRIAL_TEMPORAL_TLS_KEY_FILE: "/key.pem" }, /belong together/],
])("%o is refused by name", (wrong, message) => {
  expect(() => readConfig({ ...least, ...wrong })).toThrow(message);
});
