import { mkdtemp, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createFileKeyStore } from "../key/file-key-store.ts";
import type { KeyStore } from "../key/key-store.ts";
import { createMemberKey } from "../key/member-key.ts";
import { createFakeHub, type FakeHub } from "../testing/fake-hub.ts";
import { createHubLink, type HubLink } from "./create-hub-link.ts";
import { createHubFetch, type HubFetch } from "./hub-fetch.ts";
import { joinHub } from "./join-hub.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
async function fakeHub(options: Parameters<typeof createFakeHub>[0] = {}): Promise<FakeHub> {
  const hub = await createFakeHub(options);
  closers.push(hub.close);
  return hub;
}
function kept(link: HubLink): HubLink {
  closers.push(link.close);
  return link;
}
async function store(): Promise<KeyStore & { path: string }> {
  const path = join(await mkdtemp(join(tmpdir(), "seatrial-key-")), "key.json");
  return { path, ...createFileKeyStore(path) };
}
const request = {
  role: "agent" as const,
  cluster: "east",
  labels: {},
  version: "1",
  kubernetesVersion: null,
};
function joining(hub: FakeHub, keys: KeyStore, token: string | null) {
  const connect = (key: Parameters<typeof createHubLink>[0]["key"]) =>
    kept(createHubLink({ hubUrl: hub.url, caPem: null, key }));
  return joinHub({ store: keys, hubUrl: hub.url, connect }, { ...request, token });
}
const beat = (link: HubLink) => link.heartbeat({ instance: "instance-1", leases: [], allocatable: null });

describe("joining", () => {
  it("stores the key for its owner alone, and before the hub hears of it", async () => {
    const hub = await fakeHub();
    const keys = await store();
    hub.fail("/join", "drop");
    await expect(joining(hub, keys, "fresh")).rejects.toMatchObject({ code: "unavailable" });
    const { privateJwk } = JSON.parse(await readFile(keys.path, "utf8"));
    expect((await stat(keys.path)).mode & 0o777).toBe(0o600);
    const { key } = await joining(hub, keys, "fresh");
    expect(key.privateJwk).toEqual(privateJwk);
  });
  it("happens once: a known member needs no token", async () => {
    const hub = await fakeHub();
    const keys = await store();
    await joining(hub, keys, "fresh");
    const again = await joining(hub, keys, null);
    expect(again.joined).toBeNull();
    await beat(again.link);
    expect(hub.requests.filter((one) => one.path === "/agent/v2/join")).toHaveLength(1);
  });
  it("without a token or an identity says how to get one", async () => {
    await expect(joining(await fakeHub(), await store(), null)).rejects.toThrow("seatrial cluster join");
  });
  it("happens anew with a new key when the hub has forgotten the member", async () => {
    const hub = await fakeHub();
    const keys = await store();
    const first = await joining(hub, keys, "fresh");
    hub.forgetMembers();
    const second = await joining(hub, keys, "another");
    expect(second.key.thumbprint).not.toBe(first.key.thumbprint);
    await beat(second.link);
  });
  it("keeps its first identity while its token is refused, and goes on with it when the hub knows it again", async () => {
    const hub = await fakeHub();
    const keys = await store();
    const first = await joining(hub, keys, "fresh");
    hub.forgetMembers();
    for (const _ of [1, 2])
      await expect(joining(hub, keys, "used")).rejects.toMatchObject({ code: "join_token_used" });
    hub.rememberMembers();
    for (const token of ["used", null, "used"]) {
      const again = await joining(hub, keys, token);
      expect(again).toMatchObject({ joined: null, key: { thumbprint: first.key.thumbprint } });
      await beat(again.link);
    }
  });
  it("joins anew with one new key, however often its token is refused before", async () => {
    const hub = await fakeHub();
    const keys = await store();
    await joining(hub, keys, "fresh");
    hub.forgetMembers();
    hub.fail("/join", "drop");
    await expect(joining(hub, keys, "another")).rejects.toMatchObject({ code: "unavailable" });
    const refused = JSON.parse(await readFile(keys.path, "utf8"));
    hub.forgetMembers();
    const { key, link } = await joining(hub, keys, "another");
    expect(key.privateJwk).toEqual(refused.privateJwk);
    hub.rememberMembers();
    expect((await joining(hub, keys, "another")).key.privateJwk).toEqual(refused.privateJwk);
    expect(JSON.parse(await readFile(keys.path, "utf8"))).not.toHaveProperty("before");
    await beat(link);
  });
  it("says what the hub says of a used token", async () => {
    await expect(joining(await fakeHub(), await store(), "used")).rejects.toMatchObject({
      code: "join_token_used",
    });
  });
});

describe("a proved request", () => {
  it("is repeated once with the nonce it was asked for, and the hub acts on it once", async () => {
    const hub = await fakeHub();
    const { link } = await joining(hub, await store(), "fresh");
    hub.changeNonce("nonce-2");
    await beat(link);
    await beat(link);
    expect(hub.requests.filter((one) => one.path === "/agent/v2/heartbeat")).toHaveLength(2);
  });
  it("holds for many at a time while the nonce changes", async () => {
    const hub = await fakeHub();
    const { link } = await joining(hub, await store(), "fresh");
    hub.changeNonce("nonce-2");
    await Promise.all(Array.from({ length: 20 }, () => beat(link)));
  });
  for (const [direction, offMilliseconds] of [
    ["behind", -600_000],
    ["ahead of", 600_000],
  ] as const)
    it(`goes by the hub's time when its own clock is ten minutes ${direction} the hub's, and says so once`, async () => {
      // Both clocks stand still, so that the difference is the same however long a request takes.
      const hubNow = Date.parse("2026-01-01T00:00:00Z");
      const hub = await fakeHub({ now: () => hubNow });
      const clock = createManualClock(hubNow + offMilliseconds);
      const key = await createMemberKey();
      const warnings: string[] = [];
      const logger = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) };
      const link = kept(createHubLink({ hubUrl: hub.url, caPem: null, key, clock, logger }));
      await link.join({ ...request, token: "fresh", publicJwk: key.publicJwk });
      hub.changeNonce("nonce-2");
      await beat(link);
      await beat(link);
      expect(warnings).toEqual([expect.stringContaining(`is 600 s ${direction} the hub's`)]);
    });
  it("learns anew when the clock is set right meanwhile, also of a hub that only dates its answers", async () => {
    const hub = await fakeHub({ tellsTime: false });
    let offMilliseconds = -600_000;
    const clock = { ...systemClock, now: () => Date.now() + offMilliseconds };
    const key = await createMemberKey();
    const link = kept(createHubLink({ hubUrl: hub.url, caPem: null, key, clock }));
    await link.join({ ...request, token: "fresh", publicJwk: key.publicJwk });
    offMilliseconds = 0;
    await beat(link);
  });
  it("with a wrong clock fails as that where the hub does not tell its time", async () => {
    const hub = await fakeHub({ tellsTime: false });
    const clock = createManualClock(Date.now() - 600_000);
    const key = await createMemberKey();
    const silent = createHubFetch(null);
    closers.push(silent.close);
    const fetch: HubFetch = async (url, sent) => {
      const answer = await silent.fetch(url, sent);
      return { ...answer, headers: { get: (name) => (name === "date" ? null : answer.headers.get(name)) } };
    };
    const link = kept(createHubLink({ hubUrl: hub.url, caPem: null, key, clock, fetch }));
    await expect(link.join({ ...request, token: "fresh", publicJwk: key.publicJwk })).rejects.toMatchObject({
      code: "clock_skew",
    });
  });
  it("of a key that never joined is refused", async () => {
    const hub = await fakeHub();
    const link = kept(createHubLink({ hubUrl: hub.url, caPem: null, key: await createMemberKey() }));
    await expect(beat(link)).rejects.toMatchObject({ code: "proof_invalid" });
  });
});

describe("a hub that does not answer as it should", () => {
  async function answering(status: number, body: string | null, patience = {}): Promise<HubLink> {
    const server = createServer((_request, response) => {
      if (body !== null) response.writeHead(status, { "content-type": "text/html" }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(
      async () => server.closeAllConnections(),
      async () => server.close(),
    );
    const hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return kept(createHubLink({ hubUrl, caPem: null, key: await createMemberKey(), ...patience }));
  }
  it("is unavailable when it is something else", async () => {
    await expect(beat(await answering(502, "<h1>Bad gateway</h1>"))).rejects.toThrow("status 502");
    await expect(beat(await answering(200, "<h1>Welcome</h1>"))).rejects.toMatchObject({
      code: "unavailable",
    });
  });
  it("is unavailable when it is silent", async () => {
    await expect(beat(await answering(200, null, { timeoutSeconds: 0.2 }))).rejects.toThrow(
      "no answer within 0.2 s",
    );
  });
  it("is unavailable when nobody listens, with the reason", async () => {
    const link = kept(
      createHubLink({ hubUrl: "http://127.0.0.1:9", caPem: null, key: await createMemberKey() }),
    );
    await expect(beat(link)).rejects.toThrow(/cannot be reached.*ECONNREFUSED/);
  });
});
