import { proofHeader } from "@seatrial/contracts/agent-protocol/proof.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestAgent, type TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("members on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
  });
  afterEach(() => world.hub.close());
  const code = async (answer: Response | Promise<Response>) => (await problemOf(await answer)).code;

  it("tell whether their cluster enforces network policies, and the hub shows their last word", async () => {
    const agent = await createTestAgent(world.hub, "east");
    await agent.join(await world.joinToken("east"));
    type Shown = { enforcesNetworkPolicy: { answer: string; reason: string; checkedAt: string } | null };
    const shown = async () => (await world.hub.json<Shown>("GET", "/v1/clusters/east")).enforcesNetworkPolicy;
    expect(await shown()).toBeNull();
    for (const answer of ["no", "yes"]) {
      world.hub.clock.advance(60);
      const finding = { answer, reason: `it says ${answer}` };
      expect((await agent.post("/agent/v2/network-policy", finding)).status).toBe(200);
      expect(await shown()).toEqual({ ...finding, checkedAt: world.hub.clock.now().toISOString() });
    }
    const wrong = await agent.post("/agent/v2/network-policy", { answer: "maybe", reason: "" });
    expect(wrong.status).toBe(422);
    expect((await shown())?.answer).toBe("yes");
  });

  describe("joining", () => {
    it("is answered the same again for the same token and key, because an answer may be lost", async () => {
      const agent = await createTestAgent(world.hub, "east");
      const token = await world.joinToken("east");
      const [first, second] = [await agent.join(token), await agent.join(token)];
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(await second.json()).toEqual(await first.json());
    });

    it("is refused to a second key, though two ask at the same time", async () => {
      const token = await world.joinToken("east");
      const agents = [await createTestAgent(world.hub, "east"), await createTestAgent(world.hub, "east")];
      const answers = await Promise.all(agents.map((agent) => agent.join(token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const refused = answers.find(({ status }) => status === 409);
      expect(refused && (await code(refused))).toBe("join_token_used");
    });

    it("is refused with a token that is unknown, expired, of another role or of another cluster", async () => {
      const agent = await createTestAgent(world.hub, "east");
      expect(await code(agent.join("sj_nothing"))).toBe("join_token_invalid");
      expect(await code(agent.join(await world.joinToken("east", { role: "provisioner" })))).toBe(
        "join_token_wrong_role",
      );
      expect(await code(agent.join(await world.joinToken("west")))).toBe("join_token_wrong_cluster");
      const brief = await world.joinToken("east", { expiresInSeconds: 10 });
      world.hub.clock.advance(11);
      expect(await code(agent.join(brief))).toBe("join_token_expired");
      const clusters = await world.hub.json<{ items: { state: string }[] }>("GET", "/v1/clusters");
      expect(clusters.items.map(({ state }) => state)).toEqual(["pending", "pending"]);
    });

    it("as provisioner gives no right to run shards", async () => {
      const agent = await createTestAgent(world.hub, "east");
      const token = await world.joinToken("east", { role: "provisioner" });
      expect((await agent.join(token, { role: "provisioner" })).status).toBe(200);
      const claim = {
        instance: agent.instance,
        kinds: ["shard"],
        slotsFree: 1,
        slots: 1,
        running: [],
        waitSeconds: 0,
      };
      expect(await code(agent.post("/agent/v2/claim", claim))).toBe("forbidden");
    });

    it("is refused when the announced key is not the one that signed", async () => {
      const [agent, other] = [
        await createTestAgent(world.hub, "east"),
        await createTestAgent(world.hub, "east"),
      ];
      const answer = await agent.join(await world.joinToken("east"), { publicJwk: other.key.publicJwk });
      expect(await code(answer)).toBe("proof_invalid");
    });
  });

  describe("a request's proof", () => {
    let agent: TestAgent;
    const path = "/agent/v2/heartbeat";
    let body: string;
    const send = (proof: string | null, fields: { body?: string; path?: string } = {}) =>
      world.hub.app.request(fields.path ?? path, {
        method: "POST",
        headers: { "content-type": "application/json", ...(proof === null ? {} : { [proofHeader]: proof }) },
        body: fields.body ?? body,
      });
    beforeEach(async () => {
      agent = await world.agent("east");
      body = JSON.stringify({ instance: agent.instance, leases: [] });
      await agent.heartbeat([]);
    });

    it("is good for one request", async () => {
      const proof = await agent.prove("POST", path, body);
      expect((await send(proof)).status).toBe(200);
      expect(await code(send(proof))).toBe("proof_replayed");
    });

    it("is good once, on whichever replica and however close together", async () => {
      const proof = await agent.prove("POST", path, body);
      const replica = await world.hub.replica();
      const init = {
        method: "POST",
        headers: { "content-type": "application/json", [proofHeader]: proof },
        body,
      };
      const answers = await Promise.all([world.hub.app.request(path, init), replica.request(path, init)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    });

    it("is refused for another body, URL or method, without one, and when it is altered", async () => {
      const proof = () => agent.prove("POST", path, body);
      expect(await code(send(null))).toBe("proof_missing");
      expect(await code(send(await proof(), { body: body.replace("[]", '["l-a"]') }))).toBe("proof_invalid");
      expect(await code(send(await proof(), { path: `${path}?x=1` }))).toBe("proof_invalid");
      expect(await code(send(await proof(), { path: "/agent/v2/adopt" }))).toBe("proof_invalid");
      expect(await code(send(await agent.prove("GET", path, body)))).toBe("proof_invalid");
      const [header, payload, signature] = (await proof()).split(".");
      const other = Buffer.from(JSON.stringify({ jti: "x".repeat(16) })).toString("base64url");
      expect(await code(send(`${header}.${other}.${signature}`))).toBe("proof_invalid");
      const unsigned = Buffer.from('{"alg":"none","typ":"seatrial-proof+jwt"}').toString("base64url");
      expect(await code(send(`${unsigned}.${payload}.`))).toBe("proof_invalid");
    });

    it("of a key that never joined is refused", async () => {
      const stranger = await createTestAgent(world.hub, "east");
      expect(await code(send(await stranger.prove("POST", path, body)))).toBe("proof_invalid");
    });

    it("from a clock 10 minutes off is refused, and the error names both times", async () => {
      const early = new Date(world.hub.clock.now().getTime() - 600_000);
      const problem = await problemOf(await send(await agent.prove("POST", path, body, early)));
      expect(problem.code).toBe("clock_skew");
      expect(problem.detail).toContain(early.toISOString());
      expect(problem.detail).toContain(world.hub.clock.now().toISOString());
      expect(problem.detail).toContain("600 s behind");
    });

    it("needs a nonce of the hub that is not old, and each answer brings one, errors too", async () => {
      const proof = await agent.prove("POST", path, body);
      world.hub.clock.advance(59);
      expect((await send(proof)).status).toBe(200);
      world.hub.clock.advance(600);
      const answer = await send(await agent.prove("POST", path, body));
      expect(answer.headers.get("seatrial-nonce")).toMatch(/^[\w-]{20,}$/);
      expect(await code(answer)).toBe("nonce_required");
      expect((await agent.heartbeat([])).leases).toEqual([]);
    });

    it("is worth nothing from the next request on when the cluster is revoked", async () => {
      await world.hub.json("POST", "/v1/clusters/east/revoke");
      const answer = await agent.post(path, JSON.parse(body));
      expect([answer.status, await code(answer)]).toEqual([403, "member_revoked"]);
    });

    it("does not open a claim that is held while the cluster is revoked", async () => {
      const project = await world.project("shop");
      const claim = {
        instance: agent.instance,
        kinds: ["shard"],
        slotsFree: 1,
        slots: 1,
        running: [],
        waitSeconds: 20,
      };
      const held = agent.post("/agent/v2/claim", claim);
      await world.hub.json("POST", "/v1/clusters/east/revoke");
      await world.startRun(project, [commandSuite()]);
      expect(await code(held)).toBe("member_revoked");
    });
  });
});
