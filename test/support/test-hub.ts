import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "@seatrial/hub/app/create-app.ts";
import type { HubApp, HubDeps, HubSettings } from "@seatrial/hub/app/hub-deps.ts";
import { storeConfiguredTokens } from "@seatrial/hub/auth/store-configured-tokens.ts";
import { createFolderBlobStore } from "@seatrial/hub/blobs/create-folder-blob-store.ts";
import { loadHubSecret } from "@seatrial/hub/database/hub-secret.ts";
import { createNotifications } from "@seatrial/hub/notifications/create-notifications.ts";
import { pino } from "pino";
import type { TestDatabase } from "./databases.ts";

export const adminToken = "st_admin-token-of-the-tests";
export const workerToken = "st_worker-token-of-the-tests";
export const webhookSecret = "webhook-secret-of-the-tests";

/** A clock that stands still until a test moves it. */
export type TestClock = { now(): Date; advance(seconds: number): void };

export function createTestClock(start = "2030-01-01T00:00:00.000Z"): TestClock {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    advance(seconds) {
      time += seconds * 1_000;
    },
  };
}

export type TestHub = {
  readonly app: HubApp;
  readonly deps: HubDeps;
  readonly clock: TestClock;
  /** Where the blobs are. */
  readonly folder: string;
  /** A request with this token; `body` is sent as JSON unless it is bytes. */
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
  /** The same, parsed; throws when the status is not 2xx. */
  json<Answer>(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Another replica: an app of its own on the same database, clock and blobs. */
  replica(): Promise<HubApp>;
  close(): Promise<void>;
};
export type CallOptions = {
  token?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
  app?: HubApp;
};

export const publicUrl = "https://hub.test";

/** A hub through its front door, on a fresh database; nothing listens and time stands still. */
export async function createTestHub(
  testDatabase: TestDatabase,
  options: { settings?: Partial<HubSettings>; clock?: TestClock } = {},
): Promise<TestHub> {
  const open = await testDatabase.open();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-hub-"));
  const clock = options.clock ?? createTestClock();
  const stopping = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  await storeConfiguredTokens(open.database, { admin: adminToken, worker: workerToken }, clock.now());

  async function createDeps(): Promise<HubDeps> {
    const notifications = await createNotifications(open);
    closers.push(() => notifications.close());
    return {
      database: open.database,
      blobs: createFolderBlobStore(folder),
      notifications,
      clock,
      logger: pino({ level: "silent" }),
      stopping: stopping.signal,
      settings: {
        publicUrls: [publicUrl],
        leaseTimes: { leaseSeconds: 60, heartbeatSeconds: 10, acknowledgeSeconds: 20 },
        unplaceableSeconds: 900,
        imageWaitSeconds: 1_800,
        // Time jumps in tests; only those about the hub's own absence mean it by that.
        absentAfterSeconds: Number.POSITIVE_INFINITY,
        githubWebhookSecrets: [webhookSecret],
        repositorySweepSeconds: 300,
        images: { pytest: "pytest:test", node: "node:test", vitest: "node:test" },
        nonceSecret: await loadHubSecret(open.database, "nonce"),
        leaseSecret: await loadHubSecret(open.database, "lease"),
        stateKey: new Uint8Array(32).fill(7),
        version: "test",
        ...options.settings,
      },
    };
  }

  const deps = await createDeps();
  const app = createApp(deps);
  const call = async (method: string, path: string, request: CallOptions = {}) =>
    (request.app ?? app).request(path, toRequest(method, request));
  return {
    app,
    deps,
    clock,
    folder,
    call,
    async json<Answer>(method: string, path: string, request: CallOptions = {}) {
      const answer = await call(method, path, request);
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as Answer;
    },
    replica: async () => createApp(await createDeps()),
    async close() {
      stopping.abort();
      for (const closer of closers) await closer();
      await open.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toRequest(method: string, { token = adminToken, body, headers }: CallOptions): RequestInit {
  const raw = body instanceof Uint8Array || typeof body === "string";
  return {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || raw ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: raw ? (body as NonNullable<RequestInit["body"]>) : JSON.stringify(body) }),
  };
}
