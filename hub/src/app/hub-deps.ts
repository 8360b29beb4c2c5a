import type { OpenAPIHono } from "@hono/zod-openapi";
import type { LeaseTimes } from "@seatrial/contracts/agent-protocol/join.ts";
import type { SuiteTool } from "@seatrial/contracts/suites/suite-spec.ts";
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Database } from "../database/database.ts";
import type { Notifications } from "../notifications/notifications.ts";

/** Values of the configuration that requests need. */
export type HubSettings = {
  /** Where agents and people reach the hub, the usual address first, none with a slash at the end. Request proofs are bound to one of them. */
  readonly publicUrls: readonly [string, ...string[]];
  readonly leaseTimes: LeaseTimes;
  /** A longer gap between two ticks is an absence of the hub: leases get the time that it was away. */
  readonly absentAfterSeconds: number;
  /** The preset images of suites that name none. */
  readonly images: Record<SuiteTool, string>;
  /** 32 random bytes each, the same for all replicas: they make nonces of request proofs and lease tokens. */
  readonly nonceSecret: Uint8Array;
  readonly leaseSecret: Uint8Array;
  /** Wraps the keys of environments' states: 32 bytes, the same for all replicas. Null: environments are refused. */
  readonly stateKey: Uint8Array | null;
  /** How long a shard waits that no cluster could ever take, before it is errored. */
  readonly unplaceableSeconds: number;
  /** How long a commit waits for images that its environments name, before it is errored. */
  readonly imageWaitSeconds: number;
  /** Any of them may have signed a webhook of GitHub, so that one can be replaced. Empty: webhooks are refused. */
  readonly githubWebhookSecrets: readonly string[];
  /** How often a repository's pull requests are compared with the forge's: finds events that never arrived. */
  readonly repositorySweepSeconds: number;
  readonly version: string;
};

/** All that requests touch. Tests hand in their own; nothing else is reached from a handler. */
export type HubDeps = {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly notifications: Notifications;
  readonly clock: { now(): Date };
  readonly logger: Logger;
  readonly settings: HubSettings;
  /** Aborted when the process is about to stop: held requests and streams then end early. */
  readonly stopping: AbortSignal;
};

export type HubEnv = { Variables: { requestId: string } };
export type HubApp = OpenAPIHono<HubEnv>;
