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

test.each([
  [
    { SEATRIAL_TEMPORAL_ADDRESS: "https://temporal.example.com" },
    /SEATRIAL_TEMPORAL_ADDRESS: write host:port/,
  ],
  [{ SEATRIAL_TEMPORAL_PAYLOAD_KEY: undefined }, /SEATRIAL_TEMPORAL_PAYLOAD_KEY.*32 bytes/],
  [{ SEATRIAL_TEMPORAL_TLS_KEY_FILE: "/key.pem" }, /belong together/],
])("%o is refused by name", (wrong, message) => {
  expect(() => readConfig({ ...least, ...wrong })).toThrow(message);
});
