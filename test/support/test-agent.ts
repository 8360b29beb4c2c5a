import { randomBytes } from "node:crypto";
import type { ClaimAnswer, ClaimRequest, LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { AdoptAnswer, HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import { nonceHeader, proofHeader } from "@seatrial/contracts/agent-protocol/proof.ts";
import type { HubApp } from "@seatrial/hub/app/hub-deps.ts";
import { createMemberKey, type MemberKey } from "@seatrial/hub-link/key/member-key.ts";
import { signProof } from "@seatrial/hub-link/proof/sign-proof.ts";
import { publicUrl, type TestHub } from "./test-hub.ts";

/** An agent as the hub sees it: real proofs, no pods. */
/** An agent is only ever given shards. */
export type ShardClaim = Omit<ClaimAnswer, "leases"> & { leases: LeaseGrant[] };

export type ShardAdoption = Omit<AdoptAnswer, "held"> & { held: LeaseGrant[] };

export type TestAgent = {
  readonly key: MemberKey;
  readonly cluster: string;
  instance: string;
  /** A proven request; the nonce of the last answer is used, and a first `nonce_required` is repeated. */
  post(path: string, body: unknown, app?: HubApp): Promise<Response>;
  get(path: string): Promise<Response>;
  /** A proof for a request, to be sent, altered or replayed by hand. */
  prove(method: string, path: string, body: string, at?: Date): Promise<string>;
  join(token: string, fields?: Record<string, unknown>): Promise<Response>;
  claim(fields?: Partial<ClaimRequest>, app?: HubApp): Promise<ShardClaim>;
  acknowledge(leases: string[]): Promise<{ accepted: string[]; refused: string[] }>;
  heartbeat(leases: string[]): Promise<HeartbeatAnswer>;
  adopt(leases: string[]): Promise<ShardAdoption>;
  progress(lease: string, state: "starting" | "running"): Promise<Response>;
  finish(lease: string, exit?: Record<string, unknown>): Promise<Response>;
  log(lease: string, offset: number, text: string, fields?: Record<string, unknown>): Promise<Response>;
  /** As after a restart: same key, new instance. */
  restart(): void;
};

export const newInstance = () => `i-${randomBytes(8).toString("hex")}`;

/** A new agent with its own key for a cluster of this name; it has not joined. */
export async function createTestAgent(hub: TestHub, cluster: string): Promise<TestAgent> {
  const key = await createMemberKey();
  let nonce: string | null = null;

  async function prove(
    method: string,
    path: string,
    body: string,
    at = hub.clock.now(),
    announceKey = false,
  ) {
    return signProof({ key, method, url: publicUrl + path, body, nonce, now: at.getTime(), announceKey });
  }
  async function send(method: string, path: string, body: string, app: HubApp, announceKey = false) {
    for (let repeat = 0; ; repeat += 1) {
      const proof = await prove(method, path, body, hub.clock.now(), announceKey);
      const answer = await app.request(path, {
        method,
        headers: { [proofHeader]: proof, "content-type": "application/json" },
        ...(body === "" ? {} : { body }),
      });
      nonce = answer.headers.get(nonceHeader) ?? nonce;
      if (answer.status !== 401 || repeat > 0 || !(await isNonceAsked(answer))) return answer;
    }
  }
  const post = (path: string, body: unknown, app = hub.app) => send("POST", path, JSON.stringify(body), app);
  const must = async <Answer>(answer: Response): Promise<Answer> => {
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };

  const agent: TestAgent = {
    key,
    cluster,
    instance: newInstance(),
    post,
    prove,
    get: (path) => send("GET", path, "", hub.app),
    join(token, fields = {}) {
      const body = { token, role: "agent", cluster, publicJwk: key.publicJwk, version: "test", ...fields };
      return send("POST", "/agent/v1/join", JSON.stringify(body), hub.app, true);
    },
    claim: async (fields = {}, app = hub.app) =>
      must(
        await post(
          "/agent/v1/claim",
          {
            instance: agent.instance,
            kinds: ["shard"],
            slotsFree: 10,
            slots: 10,
            running: [],
            waitSeconds: 0,
            ...fields,
          },
          app,
        ),
      ),
    acknowledge: async (leases) =>
      must(await post("/agent/v1/acknowledge", { instance: agent.instance, leases })),
    heartbeat: async (leases) =>
      must(await post("/agent/v1/heartbeat", { instance: agent.instance, leases })),
    adopt: async (leases) => must(await post("/agent/v1/adopt", { instance: agent.instance, leases })),
    progress: (lease, state) =>
      post(`/agent/v1/leases/${lease}/progress`, {
        instance: agent.instance,
        state,
        at: hub.clock.now().toISOString(),
        pod: { namespace: "seatrial", name: `pod-${lease}`, node: "node-1" },
      }),
    finish: (lease, exit = {}) =>
      post(`/agent/v1/leases/${lease}/finish`, {
        instance: agent.instance,
        startedAt: hub.clock.now().toISOString(),
        endedAt: hub.clock.now().toISOString(),
        exit: { reason: "completed", exitCode: 0, ...exit },
        collected: null,
      }),
    log: (lease, offset, text, fields = {}) =>
      post(`/agent/v1/leases/${lease}/logs`, { instance: agent.instance, offset, text, ...fields }),
    restart() {
      agent.instance = newInstance();
    },
  };
  return agent;
}

async function isNonceAsked(answer: Response): Promise<boolean> {
  const problem = (await answer.clone().json()) as { code?: string };
  return problem.code === "nonce_required";
}
