import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { defaultHubConfig } from "@seatrial/hub/config.ts";
import { type RunningHub, startHub } from "@seatrial/hub/start.ts";
import { ensureTls, type HubTls } from "@seatrial/hub/tls/ensure-tls.ts";
import { Agent, fetch as fetchOver } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveOf, imageSuite, readEvents, sha256Of } from "../../support/hub-fixtures.ts";
import { startPostgres } from "../../support/postgres-server.ts";
import { adminToken } from "../../support/test-hub.ts";

describe("a hub that listens, with TLS of its own", () => {
  let folder: string;
  let hub: RunningHub;
  let tls: HubTls;
  let dispatcher: Agent;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "seatrial-real-"));
    tls = await ensureTls(join(folder, "tls"), ["localhost", "127.0.0.1"], new Date());
    const config = {
      ...defaultHubConfig(),
      dataFolder: folder,
      databaseInMemory: true,
      port: 0,
      adminToken,
      tls,
    };
    hub = await startHub({ ...config, logLevel: "silent" });
    dispatcher = new Agent({ connect: { ca: tls.caCertificate } });
  });
  afterAll(async () => {
    await hub.stop();
    await dispatcher.close();
    await rm(folder, { recursive: true, force: true });
  });

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    (await fetchOver(`${hub.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      dispatcher,
    })) as unknown as Response;

  test("who does not trust its authority gets no answer", async () => {
    const code = await new Promise((resolve) => {
      request(`${hub.url}/healthz`, { agent: false }, () => resolve("answered"))
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code))
        .end();
    });
    expect(code).toMatch(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
  });

  test("a stream over the wire has each event once, across a reconnect by Last-Event-ID", async () => {
    await call("POST", "/v1/projects", { name: "wire" });
    const run = (await (
      await call("POST", "/v1/projects/wire/runs", { suites: [imageSuite()] })
    ).json()) as Run;
    const path = `/v1/projects/wire/runs/${run.id}/events`;
    const accept = { accept: "text/event-stream" };
    const first = readEvents(await call("GET", path, undefined, accept));
    expect((await first.next()).value).toMatchObject({ id: "1", event: "run.created" });
    // The client goes away: the body is cancelled and with it the connection.
    await first.return(undefined);
    const second = readEvents(await call("GET", path, undefined, { ...accept, "last-event-id": "1" }));
    const next = second.next();
    await call("POST", `/v1/projects/wire/runs/${run.id}/cancel`);
    expect((await next).value).toMatchObject({ id: "2", event: "run.cancel_requested" });
    await second.return(undefined);
  });

  test("an upload that is refused early, or known already, gets its answer and not a broken connection", async () => {
    await call("POST", "/v1/projects", { name: "uploads" });
    const bulk = { name: "bulk", text: randomBytes(6_000_000).toString("base64") };
    const put = async (bytes: Uint8Array) => {
      const answer = await fetchOver(`${hub.url}/v1/projects/uploads/contents/${sha256Of(bytes)}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/gzip" },
        body: bytes,
        dispatcher,
      });
      await answer.text();
      return answer.status;
    };
    expect(await put(await archiveOf([{ name: "../outside", text: "x" }, bulk]))).toBe(422);
    const good = await archiveOf([bulk]);
    expect([await put(good), await put(good)]).toEqual([201, 200]);
  });

  test("a stop ends the streams that are held, so it does not wait for its clients", async () => {
    const other = await startHub({
      ...defaultHubConfig(),
      ...{
        dataFolder: join(folder, "other"),
        databaseInMemory: true,
        port: 0,
        adminToken,
        logLevel: "silent",
      },
    });
    const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
    const post = (path: string, body: unknown) =>
      fetch(`${other.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    await post("/v1/projects", { name: "held" });
    const run = (await (await post("/v1/projects/held/runs", { suites: [imageSuite()] })).json()) as Run;
    const stream = await fetch(`${other.url}/v1/projects/held/runs/${run.id}/events`, {
      headers: { ...headers, accept: "text/event-stream" },
    });
    const events = Array.fromAsync(readEvents(stream));
    await other.stop();
    expect((await events).map((event) => event.id)).toEqual(["1"]);
  });

  test("a stop is clean when the database was gone before it", async () => {
    const postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    const own = { dataFolder: join(folder, "away"), databaseUrl, port: 0, adminToken };
    const other = await startHub({ ...defaultHubConfig(), ...own, logLevel: "silent" });
    await postgres.stop();
    await expect(other.stop()).resolves.toBeUndefined();
  });
});
