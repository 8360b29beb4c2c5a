import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { createMemberKey } from "../key/member-key.ts";
import { createFakeHub, type FakeHub } from "../testing/fake-hub.ts";
import { createDialect } from "./create-dialect.ts";
import { createHubLink, type HubLink } from "./create-hub-link.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A link that has joined a hub that serves these versions. */
async function joined(serves: number[]): Promise<{ hub: FakeHub; link: HubLink }> {
  const hub = await createFakeHub({ serves });
  closers.push(hub.close);
  const key = await createMemberKey();
  const link = createHubLink({ hubUrl: hub.url, caPem: null, key });
  closers.push(link.close);
  const { publicJwk } = key;
  const member = {
    role: "agent" as const,
    cluster: "east",
    labels: {},
    version: "1",
    kubernetesVersion: null,
  };
  await link.join({ ...member, token: "fresh", publicJwk });
  return { hub, link };
}
const instance = "instance-1";
const claim = {
  ...{ instance, kinds: ["shard" as const], slots: 3, slotsFree: 3, running: ["l-gone"] },
  ...{ allocatable: null, waitSeconds: 0, spool: { bytes: 1, capBytes: 2, dropped: 0 } },
};
const orders = [{ leaseId: "l-gone", order: "disown" }];

describe("a link to a hub", () => {
  it("of its own version says everything in it", async () => {
    const { hub, link } = await joined([1, 2]);
    expect(await link.claim(claim)).toMatchObject({ leases: [], orders, clusterState: "ready" });
    expect(hub.requests.map(({ path }) => path)).toEqual(["/agent/v2/join", "/agent/v2/claim"]);
    expect(hub.requests.at(-1)?.body).toMatchObject({ spool: claim.spool });
  });

  it("of the version before speaks that, with the same meaning, and leaves out what it does not know", async () => {
    const { hub, link } = await joined([1]);
    expect(await link.claim(claim)).toMatchObject({ leases: [], orders, clusterState: null });
    expect(await link.heartbeat({ instance, leases: ["l-gone"], allocatable: null })).toMatchObject({
      orders,
    });
    expect(await link.adopt({ instance, leases: ["l-gone"] })).toMatchObject({ held: [], orders });
    expect(hub.requests.every(({ path }) => path.startsWith("/agent/v1/"))).toBe(true);
    expect(hub.requests[1]?.body).not.toHaveProperty("spool");
  });

  it("hears what the hub says of a thing that is not there, in whichever version", async () => {
    const { link } = await joined([1, 2]);
    await expect(link.finish("l-gone", { instance } as never)).rejects.toMatchObject({ code: "lease_stale" });
    await expect(link.sweep({ instance, at: new Date().toISOString(), found: [] })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("that has no version in common hears so", async () => {
    await expect(joined([3])).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("the version that is spoken", () => {
  it("is tried anew a minute after an older hub was met, and stays when that was upgraded", async () => {
    const clock = createManualClock();
    const { hub, link } = await joined([1]);
    const dialect = createDialect({ clock, logger: silentLogger });
    const said: number[] = [];
    let served = 1;
    const call = async (protocol: number) => {
      said.push(protocol);
      if (protocol !== served) await link.sweep({ instance, at: new Date().toISOString(), found: [] });
    };
    for (const milliseconds of [0, 59_999, 1]) {
      await clock.advance(milliseconds);
      await dialect.speak(call);
    }
    expect(said).toEqual([2, 1, 1, 2, 1]);
    served = 2;
    await clock.advance(60_000);
    await dialect.speak(call);
    await dialect.speak(call);
    expect(said.slice(5)).toEqual([2, 2]);
    expect(hub.requests.length).toBeGreaterThan(0);
  });
});
