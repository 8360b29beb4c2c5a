import { randomUUID } from "node:crypto";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { pino } from "pino";
import { readConfig } from "../config.ts";
import { runJanitor } from "./run-janitor.ts";

/** One pass of the janitor by itself, for a CronJob: it needs no hub and no provisioner, only the cluster. */
const config = readConfig();
const logger = pino({ level: config.logLevel });
const shutdown = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => shutdown.abort());
const holder = `janitor-${config.host}-${randomUUID().slice(0, 8)}`;
const kube = createKubeClient(await openKubernetes(config.kubernetes), { userAgent: `seatrial-${holder}` });
try {
  const report = await runJanitor({
    kube,
    cluster: config.cluster.name,
    leaseNamespace: config.ownNamespace,
    holder,
    policy: config.repairs,
    clock: systemClock,
    logger,
    signal: shutdown.signal,
  });
  logger.info(report, "the janitor's pass is over");
} catch (error) {
  logger.error({ error: String(error) }, "the janitor's pass failed; the next one goes on");
  process.exitCode = 1;
} finally {
  await kube.close();
}
