/**
 * A GitHub for tests and for the demo: a real HTTP server with its state in memory.
 *
 *     const github = await startGitHub();                        // { tls: { key, cert } } for https
 *     const shop = github.repository("acme/shop", { files: { "seatrial.yaml": "…" } });
 *     github.deliverTo({ url: `${hub}/v1/webhooks/github`, secret });
 *     shop.permit("maintainer", "write");                        // anybody else may read
 *     const pull = await shop.open({ by: "author", branch: "feature", files: { "src/a.ts": "…" } });
 *     await pull.push({ "src/a.ts": "…" });                      // also close, merge, label, comment, …
 *     pull.checks(); pull.comments; shop.deployments;            // what Seatrial has told GitHub
 *     github.hold(); …; await github.release((all) => all.toReversed());
 *     await github.redeliver(github.deliveries[0]);
 *     github.fail({ kind: "secondary", retryAfterSeconds: 1, times: 2 }); github.heal();
 *     github.journal;                                            // every request to the API, oldest first
 *     expect(github.violations).toEqual([]);                     // at the end of every test
 *
 * The worker is given `github.url` as its base address, `github.app.id` and `github.app.privateKeyPem`. Every request
 * is compared with GitHub's published description of its API (`extract-description.ts` says how the extract is made
 * again), every answer and webhook as well. What the description does not allow, and operations that the extract does
 * not have (answered by 501), are violations. It has no timers: time goes on by a second with each act of a person.
 */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { answerRequest, type Exchange } from "./answer-request.ts";
import { createDeliveries, type Delivery, type HookTarget } from "./deliveries.ts";
import { type Fault, faultAnswer } from "./faults.ts";
import { answerCodeload } from "./handlers/repository-handlers.ts";
import { createRepositoryHandle, type RepositoryHandle } from "./repository-handle.ts";
import { createState, type Files, type Permission, type RepositoryState, type State } from "./state.ts";
import { createTokens } from "./tokens.ts";
import { type AppIdentity, botLogin, type ViewContext } from "./views.ts";

export type GitHubOptions = {
  readonly clock?: () => Date;
  /** 0: any free one. */
  readonly port?: number;
  readonly host?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What the App may do; what Seatrial asks for, if it is not said. */
  readonly permissions?: Readonly<Record<string, string>>;
};
export type GitHub = Awaited<ReturnType<typeof startGitHub>>;

/** What `docs/github.md` tells people to allow. */
const usualPermissions = {
  ...{ metadata: "read", contents: "read", checks: "write", deployments: "write", pull_requests: "write" },
};

function createApp(): AppIdentity {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const names = {
    id: 4_711,
    clientId: "Iv23liSeatrialTests",
    slug: "seatrial-tests",
    name: "Seatrial Tests",
  };
  return { ...names, privateKeyPem: privateKey, publicKeyPem: publicKey };
}

export async function startGitHub(options: GitHubOptions = {}) {
  const state = createState(options.clock ?? (() => new Date()));
  const app = createApp();
  const violations: string[] = [];
  const journal: Exchange[] = [];
  const violate = (what: string) => void violations.push(what);
  const deliveries = createDeliveries(violate);
  const tokens = createTokens(app, state, () => options.permissions ?? usualPermissions);
  let fault: (Fault & { left: number }) | null = null;

  /** The fault that this request meets. */
  function strike(request: { method: string; path: string }): Fault | null {
    if (fault === null || fault.left === 0 || fault.only?.(request) === false) return null;
    fault.left -= 1;
    return fault;
  }

  const http = new Hono<{ Bindings: { incoming: { socket: { destroy(): void } } } }>();
  http.all("*", async (c) => {
    const { pathname: path, searchParams: query } = new URL(c.req.url);
    const body = new Uint8Array(await c.req.arrayBuffer());
    const struck = strike({ method: c.req.method, path });
    if (struck?.kind === "unreachable") {
      c.env.incoming.socket.destroy();
      return c.body(null);
    }
    if (struck?.kind === "slow") await struck.until;
    const failed = struck === null ? null : faultAnswer(struck, state.clock());
    if (path.startsWith("/codeload/")) return failed ?? answerCodeload({ context }, path);
    if (failed !== null) {
      journal.push({
        method: c.req.method,
        path,
        operation: null,
        body: {},
        status: failed.status,
        at: Date.now(),
      });
      return failed;
    }
    const request = { method: c.req.method, path, query, headers: c.req.raw.headers, body };
    const [response, exchange] = await answerRequest({ context, tokens, violate }, request);
    journal.push(exchange);
    return response;
  });
  http.onError((error, c) => {
    violate(`the fake server broke: ${error.stack ?? error.message}`);
    return c.text("broken", 500);
  });

  const listener = getRequestListener(http.fetch, { overrideGlobalObjects: false });
  const server: Server =
    options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
  server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `${options.tls === undefined ? "http" : "https"}://${options.host ?? "127.0.0.1"}:${port}`;
  const context: ViewContext = { state, url, app };

  return {
    ...{ url, app, state, violations, journal },
    /** The App's name as the author of comments. */
    botLogin: botLogin(app),
    deliveries: deliveries.all as readonly Delivery[],
    deliverTo(target: HookTarget | null) {
      deliveries.target = target;
    },
    /** Makes a repository with a first commit; the App is installed there unless `isInstalled` is false. */
    repository(
      name: string,
      fields: { files?: Files; isPrivate?: boolean; isInstalled?: boolean; defaultBranch?: string } = {},
    ): RepositoryHandle {
      return createRepositoryHandle({ context, deliveries }, addRepository(state, name, fields));
    },
    /** From now on webhooks are kept until `release`. */
    hold() {
      deliveries.mode = "hold";
    },
    /** From now on webhooks never arrive, until `deliverAgain`. */
    lose() {
      deliveries.mode = "lose";
    },
    deliverAgain() {
      deliveries.mode = "now";
    },
    /** Sends what was kept, one after the other, in the order that `choose` makes of it; later ones go at once again. */
    async release(choose: (held: readonly Delivery[]) => readonly Delivery[] = (held) => held) {
      const chosen = choose(deliveries.held.splice(0));
      deliveries.mode = "now";
      for (const delivery of chosen) await deliveries.send(delivery);
    },
    /** The same delivery once more, under the same id, as somebody may ask for on GitHub's page. */
    redeliver: (delivery: Delivery | undefined) => {
      if (delivery === undefined) throw new Error("there is no such delivery");
      return deliveries.send(delivery);
    },
    /** People wait for so long before what they do next. */
    pass: state.pass,
    fail(wanted: Fault) {
      fault = { ...wanted, left: wanted.times ?? Number.POSITIVE_INFINITY };
    },
    heal() {
      fault = null;
    },
    /** Every installation token that was ever given out. */
    issuedTokens: tokens.issued,
    /** All installation tokens of now are refused from now on. */
    expireTokens: () => tokens.expireAll(),
    async close() {
      fault = null;
      server.close();
      server.closeAllConnections();
    },
  };
}

function addRepository(
  state: State,
  fullName: string,
  fields: { files?: Files; isPrivate?: boolean; isInstalled?: boolean; defaultBranch?: string },
): RepositoryState {
  const [owner = "", name = ""] = fullName.split("/");
  const { files = { "README.md": "# A repository\n" }, isPrivate = false, defaultBranch = "main" } = fields;
  state.person(owner);
  const { sha } = state.commit({ files, parent: null, message: "Begin" });
  const repository: RepositoryState = {
    ...{ id: state.nextId(), owner, name, isFork: false, isPrivate, defaultBranch },
    installationId: fields.isInstalled === false ? null : installationOf(state, owner),
    branches: new Map([[defaultBranch, sha]]),
    permissions: new Map([[owner, "admin" as Permission]]),
    ...{ pulls: new Map(), comments: [], checks: [], deployments: [] },
  };
  state.repositories.set(fullName.toLowerCase(), repository);
  return repository;
}

/** The App is installed once with each owner. */
function installationOf(state: State, owner: string): number {
  const others = [...state.repositories.values()].filter((each) => each.owner === owner);
  return others.find(({ installationId }) => installationId !== null)?.installationId ?? state.nextId();
}
