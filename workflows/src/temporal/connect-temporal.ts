import type { Logger } from "@seatrial/contracts/logger.ts";
import { Client } from "@temporalio/client";
import type { DataConverter } from "@temporalio/common";
import { DefaultLogger, type LogEntry, NativeConnection, Runtime, type TLSConfig } from "@temporalio/worker";

export type TemporalPlace = {
  /** Host and port, such as `temporal.example.com:7233`. */
  address: string;
  namespace: string;
  taskQueue: string;
  /** Null: plain text, for a server on the same machine. */
  tls: TLSConfig | null;
  apiKey: string | null;
};

export type TemporalLink = { connection: NativeConnection; client: Client };

/** One connection for client and worker. Throws when Temporal does not answer. */
export async function connectTemporal(
  place: TemporalPlace,
  dataConverter: DataConverter,
  logger: Logger,
): Promise<TemporalLink> {
  installRuntime(logger);
  const connection = await NativeConnection.connect({
    address: place.address,
    ...(place.tls === null ? {} : { tls: place.tls }),
    ...(place.apiKey === null ? {} : { apiKey: place.apiKey }),
  });
  return { connection, client: new Client({ connection, namespace: place.namespace, dataConverter }) };
}

let isInstalled = false;

/** There is one runtime for each process; the first logger gets what it says. It must not handle signals: we do. */
function installRuntime(logger: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  const write = ({ level, message, meta }: LogEntry) => {
    if (level === "ERROR" || level === "WARN") logger.warn({ ...meta }, message);
    else logger.info({ ...meta }, message);
  };
  Runtime.install({
    logger: new DefaultLogger("WARN", write),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: "ERROR", forward: {} } },
  });
}
