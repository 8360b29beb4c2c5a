import { createHash, randomUUID } from "node:crypto";
import type { LeaseTimes } from "@seatrial/contracts/agent-protocol/join.ts";
import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createFileKeyStore } from "@seatrial/hub-link/key/file-key-store.ts";
import { createLeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";
import { receiveClaim } from "@seatrial/hub-link/leases/receive-claim.ts";
import { createHubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import { joinHub } from "@seatrial/hub-link/link/join-hub.ts";
import { createClaimLoop } from "@seatrial/hub-link/loops/claim-loop.ts";
import { createHeartbeatLoop } from "@seatrial/hub-link/loops/heartbeat-loop.ts";
import { untilItWorks } from "@seatrial/hub-link/loops/until-it-works.ts";
import { createKubeClient, type KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { createSecretKeyStore } from "@seatrial/kube-link/secret-key-store.ts";
import type { ProvisionerConfig } from "./config.ts";
import { cleanWorkFolder } from "./operations/clean-work-folder.ts";
import { drainWork } from "./operations/drain-work.ts";
import { runLease } from "./operations/run-lease.ts";
import type { RunnerSettings } from "./operations/runner-messages.ts";
import { createRunnerPool } from "./operations/runner-pool.ts";
import { tidyCluster } from "./operations/tidy-cluster.ts";
import { findProgram } from "./tools/find-program.ts";

const clock = systemClock;
/**
 * When this process is asked to stop, operations in hand may come to their end by themselves, then are asked to put down
 * what they wait for and tell what they reached, of the 60 s that the pod has.
 */
const graceSeconds = { byThemselves: 5, putDown: 48 };

export type Provisioner = {
  /** Stops claiming, lets what runs end or be put down, kills the rest: the hub hands it to the next life. */
  stop: () => Promise<void>;
};

/** Joins, removes what an earlier life left on this machine and claims operations until stopped. Rejects when the hub refuses to let it in. */
export async function startProvisioner(config: ProvisionerConfig, logger: Logger): Promise<Provisioner> {
  const closing = new AbortController();
  const draining = new AbortController();
  const shutdown = new AbortController();
  const instance = `${config.host.slice(0, 20)}-${randomUUID()}`.slice(0, 64);
  const settings = await settingsOf(config);
  const killed = await cleanWorkFolder(config.workFolder);
  if (killed > 0) logger.info({ killed }, "ended what an earlier life of this process left running");
  const userAgent = `seatrial-provisioner/${instance}`;
  const kube = createKubeClient(await openKubernetes(config.kubernetes), { userAgent });
  const { link } = await untilItWorks({ clock, logger }, "joining the hub", () => join(config, kube, logger));
  const runners = createRunnerPool({ ...config, spares: config.spareRunners });
  const runDeps = {
    ...{ link, clock, logger, instance, settings, runners },
    holderPrefix: holderPrefixOf(config),
    holders: new Set<string>(),
    workFolder: config.workFolder,
    operationSeconds: config.operationSeconds,
    draining: draining.signal,
    shutdown: shutdown.signal,
  };
  const table = createLeaseTable<OperationGrant>({
    slots: config.slots,
    logger,
    run: (lease) => runLease(runDeps, lease),
    // A claim held while all slots were taken asks for nothing: ask again.
    onFree: () => claims.held()?.slotsFree === 0 && claims.refresh(),
  });
  const claims = createClaimLoop({
    claim: link.claim,
    request: () => ({
      instance,
      kinds: ["environment"],
      slots: config.slots,
      slotsFree: table.slotsFree(),
      running: table.leases(),
      allocatable: null,
      waitSeconds: 25,
      spool: null,
    }),
    onAnswer: (answer) =>
      receiveClaim(
        { link, table, kind: "environment", instance, clock, logger, signal: closing.signal },
        answer,
      ),
    clock,
    logger,
  });
  // No runner outlives its parent, so there is nothing to adopt: what was in hand is lost, and the hub hears it now.
  const adopted = await untilItWorks({ clock, logger }, "giving up earlier leases", () =>
    link.adopt({ instance, leases: [] }),
  );
  let times: LeaseTimes = adopted.times;
  const heartbeats = createHeartbeatLoop({
    leases: table.leases,
    heartbeat: (leases, signal) => link.heartbeat({ instance, leases, allocatable: null }, signal),
    async onAnswer(answer) {
      times = answer.times;
      table.obey(answer.orders);
    },
    times: () => times,
    clock,
    logger,
  });
  claims.start();
  heartbeats.start();
  const tidying = tidyCluster(
    {
      ...{ link, instance, clock, logger },
      removal: {
        ...{ kube, clock, logger },
        cluster: config.cluster.name,
        leaseNamespace: config.ownNamespace,
        holder: `${runDeps.holderPrefix}${instance}/tidy`,
        policy: config.repairs,
        marginSeconds: config.janitorMarginSeconds,
      },
      runsJanitor: config.runsJanitor,
      everySeconds: config.sweepSeconds,
    },
    shutdown.signal,
  );
  const { name: cluster } = config.cluster;
  logger.info({ instance, hub: config.hub.url, cluster, slots: config.slots }, "claiming operations");

  return {
    async stop() {
      closing.abort();
      await drainWork({ clock, claims, table, draining }, graceSeconds);
      shutdown.abort();
      await Promise.all([table.settled(), heartbeats.stop(), tidying, runners.close()]);
      await Promise.all([link.close(), kube.close()]);
    },
  };
}

/** Names this installation in Leases: its host and its work folder, which no two living provisioners share. */
function holderPrefixOf(config: ProvisionerConfig): string {
  const place = createHash("sha256").update(config.workFolder).digest("hex").slice(0, 8);
  return `${config.host.slice(0, 63)}/${place}/`;
}

async function settingsOf(config: ProvisionerConfig): Promise<RunnerSettings> {
  const find = (name: string) => findProgram(name, config.searchPath);
  const [pulumi, helm, kubectl] = await Promise.all([
    find(config.tools.pulumi),
    find(config.tools.helm),
    find(config.tools.kubectl),
  ]);
  return {
    cluster: config.cluster.name,
    kubernetes: config.kubernetes,
    leaseNamespace: config.ownNamespace,
    tools: { pulumi, helm, kubectl },
    provider: config.provider,
    clusterKinds: config.clusterKinds,
    limits: config.limits,
    repairs: config.repairs,
  };
}

async function join(config: ProvisionerConfig, kube: KubeClient, logger: Logger) {
  const { secret, file } = config.key;
  const store = secret
    ? createSecretKeyStore(kube, config.ownNamespace, secret)
    : createFileKeyStore(file ?? "");
  const { gitVersion } = await kube.get<{ gitVersion: string }>("/version");
  return joinHub(
    {
      store,
      hubUrl: config.hub.url,
      connect: (key) => createHubLink({ hubUrl: config.hub.url, caPem: config.hub.caPem, key, logger }),
    },
    {
      token: config.hub.joinToken,
      role: "provisioner",
      cluster: config.cluster.name,
      labels: config.cluster.labels,
      version: config.version,
      kubernetesVersion: gitVersion,
    },
  );
}
