import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { createAuthority, issueServerCertificate, type PemPair } from "@seatrial/hub/tls/authority.ts";
import { readConfig } from "@seatrial/workflows/config.ts";
import { startTestingHub, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { startTestWorker } from "../../support/test-worker.ts";

let temporal: TestTemporal;
let hub: TestingHub;
let gateway: Server;
let folder: string;
let refused = 0;

/** What stands before a server's Temporal: ends TLS, and lets in who shows the client's certificate. */
function startGateway(server: PemPair, client: PemPair): Server {
  const [host = "", port = ""] = temporal.address.split(":");
  return createServer(
    {
      ...{ cert: server.certificate, key: server.key, ALPNProtocols: ["h2"] },
      ...{ requestCert: true, rejectUnauthorized: false },
    },
    (socket) => {
      socket.on("error", () => undefined);
      const shown = socket.getPeerX509Certificate()?.toString().trim();
      if (shown !== client.certificate.trim()) {
        refused += 1;
        socket.destroy();
        return;
      }
      const inner = connect(Number(port), host).on("error", () => socket.destroy());
      socket.pipe(inner).pipe(socket);
      socket.on("close", () => inner.destroy());
    },
  ).listen(0, "127.0.0.1");
}

beforeAll(async () => {
  temporal = await openTemporal();
  hub = await startTestingHub();
  folder = await mkdtemp(join(tmpdir(), "seatrial-tls-"));
  const authority = await createAuthority(new Date());
  const issue = () => issueServerCertificate(authority, ["127.0.0.1"], new Date());
  const [server, client] = [await issue(), await issue()];
  gateway = startGateway(server, client);
  await new Promise((resolve) => gateway.once("listening", resolve));
  await writeFile(join(folder, "ca.pem"), authority.certificate);
  await writeFile(join(folder, "client.pem"), client.certificate);
  await writeFile(join(folder, "client.key"), client.key);
});
afterAll(async () => {
  gateway.close();
  await hub.close();
  await temporal.stop();
  await rm(folder, { recursive: true, force: true });
});

function placeOf(changed: Record<string, string>) {
  const { port } = gateway.address() as AddressInfo;
  return readConfig({
    SEATRIAL_HUB_URL: hub.url,
    SEATRIAL_WORKER_TOKEN: "secret",
    SEATRIAL_TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    SEATRIAL_TEMPORAL_PAYLOAD_KEY: Buffer.alloc(32, 7).toString("base64"),
    SEATRIAL_TEMPORAL_TLS_CA_FILE: join(folder, "ca.pem"),
    ...changed,
  }).temporal;
}

test("a worker reaches Temporal through TLS, by the certificate of its configuration", async () => {
  const place = placeOf({
    SEATRIAL_TEMPORAL_TLS_CERTIFICATE_FILE: join(folder, "client.pem"),
    SEATRIAL_TEMPORAL_TLS_KEY_FILE: join(folder, "client.key"),
  });
  const run = `r-tls-${process.pid}`;
  hub.need(run, { plan: true, split: [], settle: true }, "run.created");
  const worker = await startTestWorker(temporal, hub, { temporal: { ...place, taskQueue: "tls" } });
  await hub.until(() => hub.activities().length === 2);
  expect(hub.activities()).toEqual([`/worker/v1/runs/${run}/plan`, `/worker/v1/runs/${run}/settle`]);
  expect(refused).toBe(0);
  await worker.stop();
});

test("without the certificate that Temporal asks for, a worker does not get in", async () => {
  const starting = startTestWorker(temporal, hub, { temporal: { ...placeOf({}), taskQueue: "refused" } });
  let isReady = false;
  const worker = starting.then((one) => {
    isReady = true;
    return one;
  });
  await hub.until(() => refused > 0);
  expect(isReady).toBe(false);
  // It goes on trying, as it must: nobody waits for it.
  worker.catch(() => undefined);
});
