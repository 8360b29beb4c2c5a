import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type {
  OperationFinish,
  OperationFinishInput,
  OperationGrant,
  SweepAnswer,
} from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import type { HubApp } from "@seatrial/hub/app/hub-deps.ts";
import { createMemberKey, type MemberKey } from "@seatrial/hub-link/key/member-key.ts";
import { createHubLink, type HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { HubFetch } from "@seatrial/hub-link/link/hub-fetch.ts";
import { newInstance } from "./test-agent.ts";
import { publicUrl, type TestHub } from "./test-hub.ts";

export type OperationClaim = Omit<ClaimAnswer, "leases"> & { leases: OperationGrant[] };

/** A provisioner as the hub sees it: the real link with real proofs, and no cluster behind it. */
export type TestProvisioner = {
  readonly cluster: string;
  readonly link: HubLink;
  /** What the link is made of, for tests that alter what it sends. */
  readonly key: MemberKey;
  readonly fetch: HubFetch;
  instance: string;
  claim(fields?: Partial<ClaimRequest>): Promise<OperationClaim>;
  acknowledge(...leases: string[]): Promise<{ accepted: string[]; refused: string[] }>;
  heartbeat(...leases: string[]): ReturnType<HubLink["heartbeat"]>;
  adopt(...leases: string[]): ReturnType<HubLink["adopt"]>;
  /** Claims one operation and acknowledges it; throws when there is none. */
  take(): Promise<OperationGrant>;
  step(lease: string, name: string, message?: string): Promise<void>;
  /** Says that it succeeded and was proved, with the given fields instead of the usual ones. */
  finish(lease: string, fields?: Partial<OperationFinishInput>): ReturnType<HubLink["operationFinish"]>;
  sweep(found: Parameters<HubLink["sweep"]>[0]["found"]): Promise<SweepAnswer>;
  /** As after a restart: same key, new instance. */
  restart(): void;
};

/** A proof that nothing of a grant's environment is left, with the given fields instead. */
export function cleanProof(
  { work }: OperationGrant,
  cluster: string,
  fields: Partial<Proof> = {},
): OperationFinish["proof"] {
  return {
    complete: true,
    madeAt: "2030-01-01T00:00:00.000Z",
    cluster,
    namespace: work.namespace,
    namespaceUid: "uid-of-the-namespace",
    counts: { gone: work.objects.length, left: 0, unchecked: 0 },
    objects: work.objects.map((object) => ({ ...object, state: "gone" as const, why: "" })),
    listed: 60,
    unlisted: [],
    ...fields,
  };
}

/** A provisioner with its own key that has joined the cluster of this name by this token. */
export async function createTestProvisioner(
  hub: TestHub,
  cluster: string,
  token: string,
  app: HubApp = hub.app,
): Promise<TestProvisioner> {
  const key = await createMemberKey();
  const clock = { ...systemClock, now: () => hub.clock.now().getTime(), sleep: async () => {} };
  const fetch = fetchOf(app);
  const link = createHubLink({ hubUrl: publicUrl, caPem: null, key, clock, fetch });
  await link.join({
    token,
    role: "provisioner",
    cluster,
    publicJwk: key.publicJwk,
    labels: {},
    version: "test",
    kubernetesVersion: null,
  });
  const provisioner: TestProvisioner = {
    cluster,
    link,
    key,
    fetch,
    instance: newInstance(),
    async claim(fields = {}) {
      const request = {
        ...{ slotsFree: 4, slots: 4, running: [], allocatable: null, waitSeconds: 0, spool: null },
        ...fields,
      };
      const { instance } = provisioner;
      const answer = await link.claim({ instance, kinds: ["environment"], ...request });
      const leases = answer.leases.filter((grant) => grant.kind === "environment");
      return { ...answer, leases };
    },
    acknowledge: (...leases) => link.acknowledge({ instance: provisioner.instance, leases }),
    heartbeat: (...leases) => link.heartbeat({ instance: provisioner.instance, leases, allocatable: null }),
    adopt: (...leases) => link.adopt({ instance: provisioner.instance, leases }),
    async take() {
      const [grant] = (await provisioner.claim({ slotsFree: 1 })).leases;
      if (grant === undefined) throw new Error(`cluster ${cluster} was given nothing`);
      await provisioner.acknowledge(grant.leaseId);
      return grant;
    },
    step: (lease, name, message = "") =>
      link.operationProgress(lease, {
        instance: provisioner.instance,
        at: hub.clock.now().toISOString(),
        step: { name, message },
      }),
    finish: (lease, fields = {}) =>
      link.operationFinish(lease, {
        instance: provisioner.instance,
        endedAt: hub.clock.now().toISOString(),
        failure: null,
        steps: [],
        objects: null,
        endpoints: null,
        proved: true,
        ...fields,
      }),
    sweep: (found) =>
      link.sweep({ instance: provisioner.instance, at: hub.clock.now().toISOString(), found }),
    restart() {
      provisioner.instance = newInstance();
    },
  };
  return provisioner;
}

/** The code of the error that a call ends with; "none" when it ends with an answer. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    if (error instanceof SeatrialError) return error.code;
    throw error;
  }
}

/** The hub's app in place of a socket. */
function fetchOf(app: HubApp): HubFetch {
  return async (url, { method, headers, body, signal }) => {
    const sent = body === null ? {} : { body: body as NonNullable<RequestInit["body"]> };
    const { pathname, search } = new URL(url);
    const answer = await app.request(pathname + search, { method, headers, signal, ...sent });
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.body ?? new Blob([]).stream(),
      text: () => answer.text(),
    };
  };
}
