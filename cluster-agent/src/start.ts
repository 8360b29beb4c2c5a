import { randomUUID } from "node:crypto";
import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { LeaseTimes } from "@seatrial/contracts/agent-protocol/join.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { type Clock, systemClock } from "@seatrial/contracts/time/clock.ts";
import { createLeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";
import { receiveClaim } from "@seatrial/hub-link/leases/receive-claim.ts";
import { createClaimLoop } from "@seatrial/hub-link/loops/claim-loop.ts";
import { createHeartbeatLoop } from "@seatrial/hub-link/loops/heartbeat-loop.ts";
import { untilItWorks } from "@seatrial/hub-link/loops/until-it-works.ts";
import { openSpool } from "@seatrial/hub-link/spool/open-spool.ts";
import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import { createKubeClient, type KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { adoptPods } from "./attempts/adopt-pods.ts";
import { createBreaker } from "./attempts/create-breaker.ts";
import { createPatience } from "./attempts/quick-pods.ts";
import { removePod } from "./attempts/remove-pod.ts";
import { runAttempt } from "./attempts/run-attempt.ts";
import { sweepPods } from "./attempts/sweep-pods.ts";
import { keepOffer, offerNow } from "./cluster/keep-offer.ts";
import { createRoomMeter } from "./cluster/measure-room.ts";
import { createStuckNotice } from "./cluster/notice-stuck.ts";
import { createNodeWatch } from "./cluster/watch-nodes.ts";
import type { AgentConfig } from "./config.ts";
import { joinAsAgent } from "./join-as-agent.ts";
import { checkNetworkPolicy } from "./network-policy/check-network-policy.ts";
import { checkOfLabel, checkPod } from "./network-policy/check-pods.ts";
import { watchNetworkPolicy } from "./network-policy/watch-network-policy.ts";
import { mainContainer } from "./pods/build-pod.ts";
import { createPodApi } from "./pods/pod-api.ts";
import { createPodFeed } from "./pods/pod-feed.ts";
import { installationLabel, labelValue, leaseLabel } from "./pods/pod-labels.ts";
import { createSyncPods } from "./pods/sync-pods.ts";

export type Agent = {
  /** Stops claiming and leaves the pods to the next process. */
  stop: () => Promise<void>;
};

/** Joins, looks after the pods that are there and claims work until stopped. Rejects when the hub refuses to let it in. */
export async function startAgent(
  config: AgentConfig,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<Agent> {
  const shutdown = new AbortController();
  const instance = `${config.host.slice(0, 20)}-${randomUUID()}`.slice(0, 64);
  const kube = createKubeClient(await openKubernetes(config.kubernetes));
  const spool = config.spool ? await openSpool(config.spool, logger) : null;
  const { link } = await untilItWorks({ clock, logger }, "joining the hub", () =>
    joinAsAgent(config, kube, logger),
  );
  const pods = createPodApi(
    kube,
    config.pods.namespace,
    `${installationLabel}=${config.pods.installation}`,
    mainContainer,
  );
  const feed = createPodFeed();
  const nodes = createNodeWatch({
    kube,
    feed,
    clock,
    logger,
    everyMilliseconds: 5_000,
    graceSeconds: config.nodeLostSeconds,
  });
  const sync = createSyncPods({
    pods,
    feed,
    clock,
    logger,
    idleMilliseconds: 90_000,
    resyncMilliseconds: 15_000,
  });
  const settings = { ...config.pods, hubUrl: config.hub.url, hubCaPem: config.hub.caPem };
  const kept = new Set<string>();
  const podsInHand = () => feed.all().filter((pod) => table.knows(pod.metadata.labels?.[leaseLabel] ?? ""));
  const probe = checkPod(settings, "st-probe", ["version"]);
  const breaker = createBreaker({ pods, probe, clock, logger });
  const runDeps = {
    link,
    spool,
    pods: { ...pods, create: breaker.create },
    feed,
    podsInHand,
    isBroken: breaker.isBroken,
    lostNode: nodes.lostNode,
    clock,
    logger,
    instance,
    settings,
    patience: createPatience(clock),
    kept,
    shutdown: shutdown.signal,
  };

  const room = createRoomMeter({ kube, feed, settings, clock, logger, everyMilliseconds: 30_000 });
  const table = createLeaseTable<LeaseGrant>({
    slots: config.slots,
    logger,
    async run(attempt) {
      const forget = room.expect(attempt.grant);
      await runAttempt({ ...runDeps, keepFailedPods: config.keepFailedPods }, attempt).finally(forget);
    },
    // A claim held while all slots were taken asks for nothing: ask again.
    // One that asks anew also says that a released lease is no longer in hand, so that it goes to another cluster.
    onFree: (lease) => {
      if (claims.held()?.slotsFree === 0 || lease.stopReason() === "released") claims.refresh();
    },
  });
  const allocatable = config.measuresRoom ? room.allocatable : () => null;
  // Where nodes are made for pods that find none, such a pod keeps nothing out.
  const isStuck = config.measuresRoom ? createStuckNotice({ podsInHand, clock }) : () => false;
  const { slotsFree } = table;
  const offer = () => offerNow({ slotsFree, allocatable, isStuck, isBroken: breaker.isBroken });
  const claims = createClaimLoop({
    claim: link.claim,
    request: () => ({
      instance,
      kinds: ["shard"],
      slots: config.slots,
      ...offer(),
      running: table.leases(),
      spool: spool?.state() ?? null,
      waitSeconds: 25,
    }),
    onAnswer: (answer) =>
      receiveClaim({ link, table, kind: "shard", instance, clock, logger, signal: shutdown.signal }, answer),
    // A busy agent asks for several at once; one with little in hand has each at once.
    paceMilliseconds: () => Math.min(200, 4 * table.leases().length),
    clock,
    logger,
  });

  await untilItWorks({ clock, logger }, "listing pods", () => sync.start());
  const { leftovers, ...adopted } = await untilItWorks({ clock, logger }, "adopting pods", () =>
    adoptPods({ ...runDeps, table }),
  );
  let times: LeaseTimes = adopted.times;
  const heartbeats = createHeartbeatLoop({
    leases: table.leases,
    heartbeat: (leases, signal) => link.heartbeat({ instance, leases, allocatable: allocatable() }, signal),
    async onAnswer(answer) {
      times = answer.times;
      table.obey(answer.orders);
    },
    times: () => times,
    clock,
    logger,
  });
  // An API server that hangs takes longer for what follows than a lease lives.
  heartbeats.start();
  // Before the first claim, which tells the hub that a released lease's work may go elsewhere.
  await inParallel(leftovers, 8, (pod) => removePod(runDeps, pod, 1));
  if (config.measuresRoom) await room.measure(shutdown.signal);
  claims.start();
  const background = [
    keepOffer(
      {
        ...{ now: offer, capacity: room.capacity, claims, clock, everyMilliseconds: 500 },
        sources: [feed.subscribeAll, breaker.subscribe],
      },
      shutdown.signal,
    ),
    breaker.run(shutdown.signal),
    ...(config.measuresRoom ? [room.run(shutdown.signal)] : []),
    nodes.run(shutdown.signal),
    watchNetworkPolicy(
      { check: checkOf(config, kube, clock), tell: link.noteNetworkPolicy, clock, logger },
      shutdown.signal,
    ),
    sweepPods({ pods, feed, table, clock, logger, everyMilliseconds: 30_000, kept }, shutdown.signal),
  ];
  logger.info(
    { instance, hub: config.hub.url, cluster: config.cluster.name, slots: config.slots },
    "claiming work",
  );

  return {
    async stop() {
      shutdown.abort();
      await Promise.all([claims.stop(), heartbeats.stop(), sync.stop(), table.settled(), ...background]);
      await Promise.all([link.close(), kube.close(), spool?.close()]);
    },
  };
}

function checkOf(config: AgentConfig, kube: KubeClient, clock: Clock) {
  if (!config.hasNetworkPolicy) return null;
  const { namespace, installation } = config.pods;
  const pods = createPodApi(kube, namespace, `${checkOfLabel}=${labelValue(installation)}`, mainContainer);
  return (signal: AbortSignal) => checkNetworkPolicy({ pods, settings: config.pods, clock }, signal);
}
