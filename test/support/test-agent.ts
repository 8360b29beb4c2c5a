import { randomBytes } from "node:crypto";
import type { ClaimAnswer, ClaimRequest, LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { AdoptAnswer, HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import { type LeaseOrder, leasesTold, type Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { nonceHeader, proofHeader } from "@seatrial/contracts/agent-protocol/proof.ts";
import {
  type AdoptAnswerV1,
  adoptFromV1,
  type ClaimAnswerV1,
  claimFromV1,
  type HeartbeatAnswerV1,
  heartbeatFromV1,
} from "@seatrial/contracts/agent-protocol/v1.ts";
import { type AgentProtocol, agentPath } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { HubApp } from "@seatrial/hub/app/hub-deps.ts";
import { createMemberKey, type MemberKey } from "@seatrial/hub-link/key/member-key.ts";
import { signProof } from "@seatrial/hub-link/proof/sign-proof.ts";
import { publicUrl, type TestHub } from "./test-hub.ts";

/** What the hub orders, by order. */
type Told = { cancelled: string[]; disowned: string[]; released: string[] };

/** An agent is only ever given shards. */
export type ShardClaim = Omit<ClaimAnswer, "leases"> & { leases: LeaseGrant[] } & Told;

export type ShardAdoption = Omit<AdoptAnswer, "held"> & { held: LeaseGrant[] } & Told;

/** What a heartbeat says of each lease that it named. */
export type Beaten = Omit<HeartbeatAnswer, "leases"> & {
  leases: { leaseId: string; state: "held" | LeaseOrder; expiresAt: string | null }[];
};

/** An agent as the hub sees it: real proofs, no pods. */
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
  heartbeat(leases: string[]): Promise<Beaten>;
  adopt(leases: string[]): Promise<ShardAdoption>;
  progress(lease: string, state: "starting" | "running"): Promise<Response>;
  finish(lease: string, exit?: Record<string, unknown>): Promise<Response>;
  log(lease: string, offset: number, text: string, fields?: Record<string, unknown>): Promise<Response>;
  /** As after a restart: same key, new instance. */
  restart(): void;
};

export const newInstance = () => `i-${randomBytes(8).toString("hex")}`;

/**
 * A new agent with its own key for a cluster of this name; it has not joined. What it hears is always told in the words
 * of the newest version of the protocol, whichever it speaks.
 */
export async function createTestAgent(
  hub: TestHub,
  cluster: string,
  protocol: AgentProtocol = 2,
): Promise<TestAgent> {
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
  const path = (route: string) => agentPath(protocol, route);
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
      return send("POST", path("join"), JSON.stringify(body), hub.app, true);
    },
    async claim(fields = {}, app = hub.app) {
      const body = {
        ...{ instance: agent.instance, kinds: ["shard"], slotsFree: 10, slots: 10, running: [] },
        ...{ waitSeconds: 0, ...fields },
      };
      const said = await must<ClaimAnswer & ClaimAnswerV1>(await post(path("claim"), body, app));
      const answer = protocol === 1 ? claimFromV1(said) : said;
      return { ...answer, leases: answer.leases as LeaseGrant[], ...byOrder(answer.orders) };
    },
    acknowledge: async (leases) =>
      must(await post(path("acknowledge"), { instance: agent.instance, leases })),
    async heartbeat(leases) {
      const body = { instance: agent.instance, leases };
      const said = await must<HeartbeatAnswer | HeartbeatAnswerV1>(await post(path("heartbeat"), body));
      const answer = protocol === 1 ? heartbeatFromV1(said as HeartbeatAnswerV1) : (said as HeartbeatAnswer);
      return { ...answer, leases: leases.map((leaseId) => beatenOf(answer, leaseId)) };
    },
    async adopt(leases) {
      const body = { instance: agent.instance, leases };
      const said = await must<AdoptAnswer & AdoptAnswerV1>(await post(path("adopt"), body));
      const answer = protocol === 1 ? adoptFromV1(said) : said;
      return { ...answer, held: answer.held as LeaseGrant[], ...byOrder(answer.orders) };
    },
    progress: (lease, state) =>
      post(path(`leases/${lease}/progress`), {
        instance: agent.instance,
        state,
        at: hub.clock.now().toISOString(),
        pod: { namespace: "seatrial", name: `pod-${lease}`, node: "node-1" },
      }),
    finish: (lease, exit = {}) =>
      post(path(`leases/${lease}/finish`), {
        instance: agent.instance,
        startedAt: hub.clock.now().toISOString(),
        endedAt: hub.clock.now().toISOString(),
        exit: { reason: "completed", exitCode: 0, ...exit },
        collected: null,
      }),
    log: (lease, offset, text, fields = {}) =>
      post(path(`leases/${lease}/logs`), { instance: agent.instance, offset, text, ...fields }),
    restart() {
      agent.instance = newInstance();
    },
  };
  return agent;
}

function byOrder(orders: readonly Order[]): Told {
  return {
    cancelled: leasesTold(orders, "cancel"),
    disowned: leasesTold(orders, "disown"),
    released: leasesTold(orders, "release"),
  };
}

function beatenOf({ leases, orders }: HeartbeatAnswer, leaseId: string): Beaten["leases"][number] {
  const expiresAt = leases.find((lease) => lease.leaseId === leaseId)?.expiresAt ?? null;
  const state = orders.find((order) => order.leaseId === leaseId)?.order ?? "held";
  return { leaseId, state, expiresAt };
}

async function isNonceAsked(answer: Response): Promise<boolean> {
  const problem = (await answer.clone().json()) as { code?: string };
  return problem.code === "nonce_required";
}
