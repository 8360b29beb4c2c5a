import { listenForProbes } from "@seatrial/hub-link/http/listen-for-probes.ts";
import { pino } from "pino";
import { readConfig } from "./config.ts";
import { startProvisioner } from "./start.ts";

const config = readConfig();
const logger = pino({ level: config.logLevel });
let isReady = false;
if (config.healthPort > 0) listenForProbes(config.healthPort, () => isReady);
const provisioner = await startProvisioner(config, logger).catch((error: unknown) => {
  logger.error({ error: String(error) }, "the provisioner cannot start");
  process.exit(1);
});
isReady = true;
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => provisioner.stop().then(() => process.exit(0)));
