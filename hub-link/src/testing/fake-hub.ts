import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClaimAnswer, ClaimRequest, LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { AdoptAnswer, HeartbeatAnswer } from "@seatrial/contracts/agent-protocol/hold.ts";
import type { LeaseOrder, Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { nonceHeader } from "@seatrial/contracts/agent-protocol/proof.ts";
import { adoptToV1, claimToV1, heartbeatToV1 } from "@seatrial/contracts/agent-protocol/v1.ts";
import { protocolOf } from "@seatrial/contracts/agent-protocol/versions.ts";
import { type ErrorCode, SeatrialError } from "@seatrial/contracts/errors.ts";
import { type FakeLease, newFakeLease, reportTo } from "./fake-lease.ts";
import { problemFor } from "./problem-for.ts";
import { createProofChecker } from "./proof-checker.ts";

const times = { leaseSeconds: 12, heartbeatSeconds: 3, acknowledgeSeconds: 5 };

export type FakeHub = Awaited<ReturnType<typeof createFakeHub>>;

/**
 * The agent protocol on a real socket with real proofs and no database: for tests of agents. Keys join with any token
 * but "used"; `fail` makes the next requests of a path fail with a code, or drop the connection. `serves` are the versions
 * of the protocol; a missing one is a missing route, as on a hub that is older than its agents. `tellsTime` false: its
 * refusal of a wrong time does not say the right one.
 */
export async function createFakeHub(
  options: {
    logLimitBytes?: number;
    now?: () => number;
    tellsTime?: boolean;
    host?: string;
    serves?: number[];
  } = {},
) {
  const serves = options.serves ?? [1, 2];
  const proofs = createProofChecker(options.now ?? Date.now, options.tellsTime ?? true);
  const leases = new Map<string, FakeLease>();
  const requests: { path: string; body: unknown }[] = [];
  const failures: { path: string; code: ErrorCode | "drop" }[] = [];
  const waiting = new Set<() => void>();
  const changes = new Set<() => void>();

  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
    for (const resolve of changes) resolve();
    changes.clear();
  };
  const open = (leaseId: string): FakeLease => {
    const lease = leases.get(leaseId);
    if (!lease || lease.disowned) throw new SeatrialError("lease_stale", "This lease is over.");
    return lease;
  };

  const orderOf = (lease: FakeLease | undefined): LeaseOrder | null => {
    if (!lease || lease.disowned) return "disown";
    if (lease.released) return "release";
    return lease.cancelled ? "cancel" : null;
  };
  const ordersNamed = (named: readonly string[]): Order[] =>
    named.flatMap((leaseId) => {
      const order = orderOf(leases.get(leaseId));
      return order === null ? [] : [{ leaseId, order }];
    });

  async function claim(body: ClaimRequest, gone: Promise<void>): Promise<ClaimAnswer> {
    const until = Date.now() + body.waitSeconds * 1_000;
    for (;;) {
      const all = [...leases.values()];
      const fits = all
        .filter(
          (lease) =>
            lease.state === "queued" ||
            (lease.state === "given" && !body.running.includes(lease.grant.leaseId)),
        )
        .slice(0, body.slotsFree);
      for (const lease of fits) lease.state = "given";
      const orders = ordersNamed(body.running.filter((leaseId) => !leases.get(leaseId)?.finish));
      if (fits.length + orders.length > 0 || Date.now() >= until)
        return { leases: fits.map((lease) => lease.grant), orders, clusterState: "ready", times };
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => waiting.add(resolve)),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, until - Date.now());
        }),
        gone.then(() => Promise.reject(new Error("the agent went away"))),
      ]).finally(() => clearTimeout(timer));
    }
  }

  const report = (leaseId: string, verb: string, body: never) =>
    reportTo(open(leaseId), verb, body, options.logLimitBytes ?? 16 * 1_048_576);

  async function answer(path: string, body: never, gone: Promise<void>): Promise<unknown> {
    const named = (body as { leases?: string[] } | null)?.leases ?? [];
    const isOld = protocolOf(path) === 1;
    const route = path.replace(/^\/agent\/v\d+\//, "");
    switch (route) {
      case "join":
        if ((body as { token: string }).token === "used")
          throw new SeatrialError("join_token_used", "Used before.");
        return { clusterId: "c-fake", memberId: "m-fake", thumbprint: "t", times };
      case "claim": {
        const answer = await claim(body, gone);
        return isOld ? claimToV1(answer) : answer;
      }
      case "acknowledge": {
        const accepted = named.filter((id) => leases.get(id)?.disowned === false);
        for (const id of accepted) open(id).state = "held";
        return { accepted, refused: named.filter((id) => !accepted.includes(id)) };
      }
      case "heartbeat": {
        const mine = named.filter((leaseId) => orderOf(leases.get(leaseId)) !== "disown");
        const answer: HeartbeatAnswer = {
          leases: mine.map((leaseId) => ({ leaseId, expiresAt: null })),
          orders: ordersNamed(named),
          clusterState: "ready",
          times,
        };
        return isOld ? heartbeatToV1(named, answer) : answer;
      }
      case "adopt": {
        const isLive = (id: string) => leases.get(id)?.state === "held";
        const orders = named.flatMap((leaseId): Order[] => {
          const order = isLive(leaseId) ? orderOf(leases.get(leaseId)) : "disown";
          return order === null ? [] : [{ leaseId, order }];
        });
        const stopped = new Set(orders.map(({ leaseId }) => leaseId));
        const held = named.filter((id) => !stopped.has(id)).map((id) => open(id).grant);
        const answer: AdoptAnswer = { held, orders, clusterState: "ready", times };
        return isOld ? adoptToV1(answer) : answer;
      }
      default: {
        const match = /^leases\/([^/]+)\/(\w+)$/.exec(route);
        if (!match?.[1] || !match[2]) throw new SeatrialError("not_found", "No such route.");
        return report(match[1], match[2], body);
      }
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const path = request.url ?? "";
    const gone = new Promise<void>((resolve) => response.on("close", resolve));
    const send = (status: number, body: unknown) =>
      response
        .writeHead(status, { "content-type": "application/json", [nonceHeader]: proofs.nonce() })
        .end(JSON.stringify(body));
    try {
      const failure = failures.findIndex((one) => path.includes(one.path));
      const [failed] = failure === -1 ? [] : failures.splice(failure, 1);
      if (failed?.code === "drop") return void request.socket.destroy();
      if (!serves.includes(protocolOf(path) ?? 0)) throw new SeatrialError("not_found", "No such route.");
      await proofs.check(request, url, text);
      const body = text === "" ? null : JSON.parse(text);
      requests.push({ path, body });
      if (failed) throw new SeatrialError(failed.code as ErrorCode, "The test says so.");
      const answered = await answer(path, body as never, gone);
      send(200, answered);
      wake();
    } catch (error) {
      const { status, problem } = problemFor(error);
      send(status, problem);
    }
  }

  let isAway = false;
  const server = createServer((request, response) => {
    if (isAway) request.socket.destroy();
    else void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, options.host ?? "127.0.0.1", resolve));
  const url = `http://${options.host ?? "127.0.0.1"}:${(server.address() as AddressInfo).port}`;

  return {
    url,
    requests,
    leases,
    give(grant: LeaseGrant): FakeLease {
      const lease = newFakeLease(grant);
      leases.set(grant.leaseId, lease);
      wake();
      return lease;
    },
    cancel(leaseId: string): void {
      open(leaseId).cancelled = true;
      wake();
    },
    disown(leaseId: string): void {
      open(leaseId).disowned = true;
      wake();
    },
    release(leaseId: string): void {
      open(leaseId).released = true;
      wake();
    },
    fail: (path: string, code: ErrorCode | "drop") => failures.push({ path, code }),
    changeNonce: proofs.changeNonce,
    /** As if the member had been revoked and removed. */
    forgetMembers: proofs.forget,
    /** As if its database were back that had the members it forgot. */
    rememberMembers: proofs.remember,
    /** Breaks every connection, and each new one, until it comes back. */
    goAway(): void {
      isAway = true;
      server.closeAllConnections();
    },
    comeBack(): void {
      isAway = false;
    },
    /** Resolves when the condition holds; looked at after each request. */
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) await new Promise<void>((resolve) => changes.add(resolve));
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
