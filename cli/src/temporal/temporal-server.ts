import { createServer } from "node:net";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { type GuardedChild, startGuardedChild } from "./guarded-child.ts";

export type TemporalServerOptions = {
  /** The `temporal` program. */
  program: string;
  /** Where its state is kept; null: in memory, gone with it. */
  databaseFile: string | null;
  logFile: string;
  /** A free one by default. */
  port?: number;
  /** Its dynamic configuration by key, such as `limit.historyCount.suggestContinueAsNew`. */
  dynamicValues?: Record<string, string | number | boolean>;
};

export type TemporalServer = {
  /** Host and port, the same for as long as this server runs. */
  address: string;
  /** Of the process that runs now; it changes when the server had to be started again. */
  pid: () => number;
  stop: () => Promise<void>;
};

const restartMilliseconds = 500;

/**
 * Temporal's development server as a child that dies with this process, however this ends. When it ends by itself it
 * is started again on the same port and file, so with a file nothing is lost. Takes 0.2 s.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const port = options.port ?? (await findFreePort());
  const stopping = new AbortController();
  const launch = () =>
    startGuardedChild({
      program: options.program,
      arguments: serverArguments(port, options),
      logFile: options.logFile,
      readyLine: /^Temporal Server:/,
    });
  let child = await launch();

  async function keepUp(): Promise<void> {
    for (;;) {
      await child.ended;
      if (stopping.signal.aborted) return;
      child = (await relaunch(launch, stopping.signal)) ?? child;
    }
  }

  const keeping = keepUp();
  return {
    address: `127.0.0.1:${port}`,
    pid: () => child.pid,
    async stop() {
      stopping.abort();
      await child.stop();
      await keeping;
    },
  };
}

async function relaunch(
  launch: () => Promise<GuardedChild>,
  signal: AbortSignal,
): Promise<GuardedChild | null> {
  while (!signal.aborted) {
    const child = await launch().catch(() => null);
    if (child !== null && !signal.aborted) return child;
    // Stopped while it came up.
    if (child !== null) await child.stop();
    else await systemClock.sleep(restartMilliseconds, signal);
  }
  return null;
}

/** The pragmas make it twice as fast on a file, and lose nothing when the process is killed. */
function serverArguments(
  port: number,
  { databaseFile, dynamicValues = {} }: Pick<TemporalServerOptions, "databaseFile" | "dynamicValues">,
): string[] {
  const pragmas = ["journal_mode=wal", "synchronous=normal"].flatMap((pragma) => ["--sqlite-pragma", pragma]);
  return [
    ...["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(port)],
    ...["--log-level", "error"],
    ...(databaseFile === null ? [] : ["--db-filename", databaseFile, ...pragmas]),
    ...Object.entries(dynamicValues).flatMap(([key, value]) => [
      "--dynamic-config-value",
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port was found");
  return address.port;
}
