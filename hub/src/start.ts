import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { type Logger, pino } from "pino";
import { createApp } from "./app/create-app.ts";
import type { HubDeps } from "./app/hub-deps.ts";
import { storeConfiguredTokens } from "./auth/store-configured-tokens.ts";
import type { BlobStore } from "./blobs/blob-store.ts";
import { createFolderBlobStore } from "./blobs/create-folder-blob-store.ts";
import type { HubConfig } from "./config.ts";
import type { OpenDatabase } from "./database/database.ts";
import { loadHubSecret } from "./database/hub-secret.ts";
import { openDatabase } from "./database/open-database.ts";
import { loadStateKey } from "./keys/load-state-key.ts";
import { createNotifications } from "./notifications/create-notifications.ts";

export type RunningHub = {
  /** Where it answers. */
  readonly url: string;
  /** What the start took, for people: opening the database, and from then until the first answer. */
  readonly timings: { readonly databaseMs: number; readonly readyMs: number };
  /**
   * Ends held requests, waits for the others (at most 5 s), closes the database. Only one that does not answer makes it
   * longer: some 10 s, or 2 minutes where a notification is on its way to it.
   */
  stop(): Promise<void>;
};

export type StartOptions = { readonly clock?: { now(): Date }; readonly logger?: Logger };

/** Opens the database, wires the hub and listens. Throws when the database or the port cannot be had. */
export async function startHub(config: HubConfig, options: StartOptions = {}): Promise<RunningHub> {
  const began = performance.now();
  const logger = options.logger ?? createLogger(config);
  const open = await openDatabase({
    url: config.databaseUrl,
    dataFolder: config.databaseInMemory ? undefined : join(config.dataFolder, "database"),
    connections: config.databaseConnections,
  });
  const opened = performance.now();
  const stopping = new AbortController();
  try {
    const server = createServer(config);
    const address = await listen(server.server, config);
    const url = `${config.tls ? "https" : "http"}://${hostInUrl(config.host)}:${address.port}`;
    const deps = await createDeps(config, { open, logger, url, stopping: stopping.signal, ...options });
    server.serve(createApp(deps).fetch);
    const timings = { databaseMs: opened - began, readyMs: performance.now() - opened };
    logger.info({ url, database: open.kind, ...timings }, "the hub is ready");
    return { url, timings, stop: () => stop(server.server, deps, open, stopping) };
  } catch (error) {
    await open.close();
    throw error;
  }
}

function createLogger(config: HubConfig): Logger {
  return pino({
    level: config.logLevel,
    base: null,
    redact: ["headers", "authorization", "*.authorization", "*.secret"],
  });
}

type Started = {
  open: OpenDatabase;
  logger: Logger;
  url: string;
  stopping: AbortSignal;
  clock?: { now(): Date };
};

async function createDeps(config: HubConfig, started: Started): Promise<HubDeps> {
  const { open, logger, stopping } = started;
  const clock = started.clock ?? { now: () => new Date() };
  const tokens = { admin: config.adminToken, worker: config.workerToken };
  await storeConfiguredTokens(open.database, tokens, clock.now());
  return {
    database: open.database,
    blobs: await createBlobs(config),
    notifications: await createNotifications(open, {
      onError: (error) => logger.warn({ err: error }, "a notification was lost"),
    }),
    clock,
    logger,
    stopping,
    settings: {
      publicUrls: [config.publicUrls[0] ?? started.url, ...config.publicUrls.slice(1)],
      leaseTimes: config.leaseTimes,
      unplaceableSeconds: config.unplaceableSeconds,
      imageWaitSeconds: config.imageWaitSeconds,
      absentAfterSeconds: 8,
      githubWebhookSecrets: config.githubWebhookSecrets,
      repositorySweepSeconds: config.repositorySweepSeconds,
      images: config.images,
      nonceSecret: await loadHubSecret(open.database, "nonce"),
      leaseSecret: await loadHubSecret(open.database, "lease"),
      stateKey: await loadStateKey({
        configured: config.stateKey,
        ownFile: open.kind === "pglite" ? join(config.dataFolder, "state.key") : undefined,
      }),
      version: config.version,
    },
  };
}

async function createBlobs(config: HubConfig): Promise<BlobStore> {
  if (config.s3 === undefined) return createFolderBlobStore(join(config.dataFolder, "blobs"));
  // Imported here: the SDK is large and a hub on a folder never needs it.
  const { createS3BlobStore } = await import("./blobs/create-s3-blob-store.ts");
  return createS3BlobStore(config.s3);
}

/** Listens before the address is known to the app; what arrives in between waits for `serve`. */
function createServer(config: HubConfig): {
  server: ServerType;
  serve: (fetch: (request: Request) => Response | Promise<Response>) => void;
} {
  const app = Promise.withResolvers<(request: Request) => Response | Promise<Response>>();
  const fetch = async (request: Request) => (await app.promise)(request);
  const tls = config.tls && {
    createServer: createHttpsServer,
    serverOptions: { cert: config.tls.certificate, key: config.tls.key },
  };
  return { server: createAdaptorServer({ fetch, ...tls }), serve: app.resolve };
}

function listen(server: ServerType, config: HubConfig): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, () => resolve(server.address() as AddressInfo));
  });
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

async function stop(
  server: ServerType,
  deps: HubDeps,
  open: OpenDatabase,
  stopping: AbortController,
): Promise<void> {
  stopping.abort();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A stream that ends after `close` leaves its connection open for another request: close it when it idles.
  const idle = setInterval(() => "closeIdleConnections" in server && server.closeIdleConnections(), 20);
  const late = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), 5_000);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
  await deps.notifications.close();
  await open.close();
}
