import { randomUUID } from "node:crypto";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { pino } from "pino";
import { readJanitorConfig } from "../config.ts";
import { runJanitor } from "./run-janitor.ts";

// One pass of the janitor, for a job of the cluster: it needs neither hub nor provisioner.
const config = readJanitorConfig();
const logger = pino({ level: config.logLevel });
const holder = `janitor/${config.host}/${randomUUID()}`;
const kube = createKubeClient(await openKubernetes(config.kubernetes), {
  userAgent: `seatrial-janitor/${config.host}`,
});
const report = await runJanitor({
  ...{ kube, logger, holder, clock: systemClock },
  cluster: config.cluster,
  leaseNamespace: config.ownNamespace,
  policy: config.repairs,
  marginSeconds: config.marginSeconds,
});
await kube.close();
logger.info(report, "looked for what has expired");
