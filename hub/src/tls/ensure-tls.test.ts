import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureTls } from "./ensure-tls.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tls-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const now = new Date();
const hosts = ["localhost", "127.0.0.1"];

test("a client that trusts the authority accepts the server by name and by address", async () => {
  const tls = await ensureTls(folder, hosts, now);
  const server = createServer({ cert: tls.certificate, key: tls.key }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  for (const host of hosts) {
    const socket = connect({
      port,
      host: "127.0.0.1",
      servername: host,
      ca: tls.caCertificate,
      checkServerIdentity: () => undefined,
    });
    await new Promise((resolve, reject) =>
      socket.once("secureConnect", () => resolve(undefined)).once("error", reject),
    );
    expect(socket.authorized).toBe(true);
    socket.destroy();
  }
  server.close();
});

test("a second start uses the same files, and keys are the owner's alone", async () => {
  const first = await ensureTls(folder, hosts, now);
  expect(await ensureTls(folder, hosts, now)).toEqual(first);
  for (const name of ["ca.key", "server.key"]) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
});

test("a new host or a near end brings a new server certificate from the same authority", async () => {
  const first = await ensureTls(folder, hosts, now);
  const wider = await ensureTls(folder, [...hosts, "10.88.0.1"], now);
  expect(wider.caCertificate).toBe(first.caCertificate);
  expect(new X509Certificate(wider.certificate).checkIP("10.88.0.1")).toBe("10.88.0.1");
  const late = await ensureTls(folder, hosts, new Date(now.getTime() + 340 * 86_400_000));
  expect(late.certificate).not.toBe(wider.certificate);
});
