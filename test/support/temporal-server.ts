import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTemporalServer, type TemporalServer } from "@seatrial/cli/temporal/temporal-server.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import type { TemporalPlace } from "@seatrial/workflows/temporal/connect-temporal.ts";

export type TestTemporal = TemporalServer & {
  folder: string;
  /** How a worker reaches it, with a task queue of its own: several workers and tests share one server. */
  place: (taskQueue: string) => TemporalPlace;
};

/** A Temporal server for one test file: in memory, or on a file so that it may be killed. Up within half a second. */
export async function openTemporal({
  onFile = false,
  dynamicValues = {} as Record<string, number>,
} = {}): Promise<TestTemporal> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-temporal-"));
  const { path: program } = await findTool("temporal");
  const server = await startTemporalServer({
    program,
    databaseFile: onFile ? join(folder, "temporal.db") : null,
    logFile: join(folder, "temporal.log"),
    dynamicValues,
  });
  return {
    ...server,
    folder,
    place: (taskQueue) => ({
      ...{ address: server.address, namespace: "default" },
      ...{ taskQueue, tls: null, apiKey: null },
    }),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
