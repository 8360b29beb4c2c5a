import type { Logger } from "@seatrial/contracts/logger.ts";
import { type Backoff, createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { createActivities } from "./activities/activities.ts";
import { createSlowActivities } from "./activities/slow-activities.ts";
import { createGitHub, type GitHubSettings } from "./github/create-github.ts";
import { retryUnavailable } from "./hub/retry-unavailable.ts";
import { createWorkerHub, type WorkerHub } from "./hub/worker-hub.ts";
import { type Pace, usualPace } from "./looking/pace.ts";
import { runOutboxLoop } from "./outbox/outbox-loop.ts";
import { createRegistry, type RegistrySettings } from "./registry/create-registry.ts";
import { connectTemporal, type TemporalLink, type TemporalPlace } from "./temporal/connect-temporal.ts";
import { createDataConverter } from "./temporal/data-converter.ts";
import type { PayloadKey } from "./temporal/payload-codec.ts";
import { createScheduleKeeper } from "./temporal/schedule-keeper.ts";
import { tellWorkflow } from "./temporal/tell-workflow.ts";
import { loadWorkflowBundle } from "./temporal/workflow-bundle.ts";
import { runWorkflowWorker } from "./temporal/workflow-worker.ts";
import { runTickLoop } from "./tick-loop.ts";

export type WorkerDeps = { fetch: typeof fetch; clock: Clock; logger: Logger; random?: () => number };

export type WorkerOptions = {
  hubUrl: string;
  /** A token with the scope `worker`. */
  token: string;
  temporal: TemporalPlace;
  /** The first encrypts what Temporal keeps, all decrypt. */
  payloadKeys: readonly [PayloadKey, ...PayloadKey[]];
  /** Where the workflows' bundled code is kept between starts. */
  cacheFolder: string;
  /** The App that speaks with GitHub; without it, pull requests wait and their repositories say why. */
  github?: GitHubSettings | null;
  /** Which registries are asked how; without it, public ones without credentials. */
  registry?: RegistrySettings;
  /** How often workflows read again without a signal. */
  pace?: Pace;
  /** Outbox entries handed on at once; 50 by default. */
  capacity?: number;
  /** How long a claim is held when the outbox is empty; 20 by default, at most 25. */
  waitSeconds?: number;
  /** How long a claimed entry stays hidden from other workers; 30 by default. */
  visibilitySeconds?: number;
  /** Workflows kept in memory; 100 by default. */
  cachedWorkflows?: number;
};

export type Worker = {
  start: () => void;
  /** Resolves once Temporal has answered for the first time and work is taken. */
  ready: () => Promise<{ bundleMilliseconds: number; connectMilliseconds: number }>;
  /** Ends the held claim and resolves when what was begun is finished. */
  stop: () => Promise<void>;
};

/**
 * The worker: outbox → signal to a workflow, the workflows themselves, and ticks beside them. It keeps no state: what
 * Temporal has not taken comes again from the hub, what was half done comes again from Temporal. So it may be killed
 * at any time, and several may run at once. Ticks go on while Temporal is away.
 */
export function createWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const hub = createWorkerHub({ hubUrl: options.hubUrl, token: options.token, fetch: deps.fetch });
  const stopping = new AbortController();
  const { signal } = stopping;
  const ready = Promise.withResolvers<{ bundleMilliseconds: number; connectMilliseconds: number }>();
  // Nobody has to wait for it.
  ready.promise.catch(() => undefined);
  const backoff = createBackoffs(deps.random ?? Math.random);
  let loops: Promise<unknown> = Promise.resolve();

  async function runWorkflows(): Promise<void> {
    const begin = performance.now();
    const bundlePath = await loadWorkflowBundle(options.cacheFolder);
    const bundled = performance.now();
    const link = await connect(deps, options, backoff(5_000), signal);
    if (link === null) return;
    const timings = {
      bundleMilliseconds: Math.round(bundled - begin),
      connectMilliseconds: Math.round(performance.now() - bundled),
    };
    deps.logger.info(timings, "worker connected to Temporal");
    ready.resolve(timings);
    await runWithLink({ deps, options, hub, link, bundlePath, backoff }, signal);
    await link.connection.close();
  }

  return {
    start() {
      const ticks = { hub, clock: deps.clock, backoff: backoff(5_000), logger: deps.logger };
      const workflows = runWorkflows().catch((error: unknown) => {
        ready.reject(error);
        throw error;
      });
      loops = Promise.all([workflows, runTickLoop(ticks, signal)]);
      loops.catch((error: unknown) => deps.logger.error({ error: String(error) }, "the worker ended"));
    },
    ready: () => ready.promise,
    async stop() {
      stopping.abort();
      ready.reject(new Error("the worker was stopped"));
      await loops;
    },
  };
}

const publicRegistries: RegistrySettings = { credentials: new Map(), plainHttpHosts: [], privateHosts: [] };

type Running = {
  deps: WorkerDeps;
  options: WorkerOptions;
  hub: WorkerHub;
  link: TemporalLink;
  bundlePath: string;
  backoff: (maxMilliseconds: number) => Backoff;
};

/** Signals and workflows over one connection, until the signal aborts. Signals end first: they are quick. */
async function runWithLink(running: Running, signal: AbortSignal): Promise<void> {
  const { deps, options, hub, link, backoff } = running;
  const { clock, logger } = deps;
  const { pace = usualPace, temporal, visibilitySeconds = 30 } = options;
  const { taskQueue } = temporal;
  const schedules = createScheduleKeeper(link.client, { taskQueue, pace });
  const github = options.github ? createGitHub(options.github, { clock }) : null;
  const registry = createRegistry(options.registry ?? publicRegistries);
  const activities = {
    ...createActivities({ hub, schedules }),
    ...createSlowActivities({ hub, github, registry, clock, logger }),
  };
  const worker = {
    ...{ connection: link.connection, activities, clock, logger },
    dataConverter: createDataConverter(options.payloadKeys),
    backoff: backoff(15_000),
  };
  // Half the visibility: what still fails then is left to come again.
  const retry = { clock, random: deps.random ?? Math.random, forSeconds: visibilitySeconds / 2, signal };
  const outbox = {
    hub: {
      ...hub,
      acknowledge: (ids: string[]) => retryUnavailable(() => hub.acknowledge(ids), retry),
    },
    tell: (subject: Parameters<typeof tellWorkflow>[1]) =>
      retryUnavailable(() => tellWorkflow(link.client, subject, { taskQueue, pace }), retry),
    ...{ clock, logger, backoff: backoff(15_000) },
  };
  const { capacity = 50, waitSeconds = 20, cachedWorkflows = 100 } = options;
  await Promise.all([
    runOutboxLoop(outbox, { capacity, waitSeconds, visibilitySeconds }, signal),
    runWorkflowWorker(worker, { ...temporal, bundlePath: running.bundlePath, cachedWorkflows }, signal),
  ]);
  await Promise.all([github?.close(), registry.close()]);
}

/** Tries until Temporal answers; null when the signal aborts before. */
async function connect(
  deps: WorkerDeps,
  options: WorkerOptions,
  backoff: Backoff,
  signal: AbortSignal,
): Promise<TemporalLink | null> {
  while (!signal.aborted) {
    try {
      return await connectTemporal(options.temporal, createDataConverter(options.payloadKeys), deps.logger);
    } catch (error) {
      const waitMilliseconds = backoff.next();
      const { address } = options.temporal;
      deps.logger.warn({ address, error: String(error), waitMilliseconds }, "Temporal does not answer");
      await deps.clock.sleep(waitMilliseconds, signal);
    }
  }
  return null;
}

function createBackoffs(random: () => number): (maxMilliseconds: number) => Backoff {
  return (maxMilliseconds) => createBackoff({ firstMilliseconds: 250, maxMilliseconds, random });
}
