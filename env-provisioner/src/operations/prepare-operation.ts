import { open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { isFinal } from "@seatrial/hub-link/leases/is-final.ts";
import type { KeptState } from "@seatrial/hub-link/link/create-hub-link.ts";
import { OperationError } from "../operation-error.ts";
import type { OperationLink } from "./operation-link.ts";
import type { RunnerStart } from "./runner-messages.ts";

export type PrepareDeps = {
  link: Pick<OperationLink, "getState" | "content">;
  clock: Clock;
  logger: Logger;
  /** Hears of each failure of the hub to give what is needed, which is asked for again. */
  onWait: (error: unknown) => void;
};
export type Prepared = Pick<RunnerStart, "contentFile" | "sealedState" | "stateProvider">;

/** Operations that render a template. */
const rendering: ReadonlySet<OperationKind> = new Set<OperationKind>(["up", "update"]);

/**
 * Fetches what the hub keeps for an operation: the content and the encrypted state. A hub that is away is asked again
 * until the signal aborts; what it refuses is thrown as it is, and what this machine's disk refuses as `internal`.
 */
export async function prepareOperation(
  deps: PrepareDeps,
  grant: OperationGrant,
  folder: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const { work, leaseId } = grant;
  if (!rendering.has(work.operation)) return { contentFile: null, sealedState: null, stateProvider: null };
  const contentFile = join(folder, "content.tar.gz");
  const [, state] = await Promise.all([
    untilAnswered(deps, signal, async () => {
      await writeContent(await deps.link.content(grant, signal), contentFile, signal);
    }),
    work.hasState ? untilAnswered(deps, signal, () => readState(deps.link, leaseId, signal)) : null,
  ]);
  return { contentFile, sealedState: state?.bytes ?? null, stateProvider: state?.provider || null };
}

async function writeContent(
  archive: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const file = await onDisk(open(path, "w", 0o600));
  try {
    const write = async (bytes: AsyncIterable<Uint8Array>) => {
      for await (const chunk of bytes) await onDisk(file.writeFile(chunk));
    };
    await pipeline(archive, write, { signal });
  } finally {
    await file.close();
  }
}

/** A disk that is full or not there is no hub that is away: asking again would change nothing. */
function onDisk<Answer>(work: Promise<Answer>): Promise<Answer> {
  return work.catch((error: unknown) => {
    const why = `The content cannot be written on the provisioner's machine: ${String(error)}`;
    throw new OperationError("internal", why, null, { cause: error });
  });
}

/** Null when there is none: what the operations before made is then found by label. */
async function readState(
  link: PrepareDeps["link"],
  leaseId: string,
  signal: AbortSignal,
): Promise<KeptState | null> {
  try {
    return await link.getState(leaseId, signal);
  } catch (error) {
    if (error instanceof SeatrialError && error.code === "state_missing") return null;
    throw error;
  }
}

/**
 * Repeats a call while the hub does not answer. Rejects with the signal's reason, with what the hub refuses, or with
 * what went wrong here.
 */
export async function untilAnswered<Answer>(
  { clock, logger, onWait }: Pick<PrepareDeps, "clock" | "logger"> & Partial<Pick<PrepareDeps, "onWait">>,
  signal: AbortSignal,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const backoff = createBackoff({ firstMilliseconds: 300, maxMilliseconds: 15_000, random: Math.random });
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (isFinal(error) || error instanceof OperationError) throw error;
      signal.throwIfAborted();
      onWait?.(error);
      logger.warn({ error: String(error) }, "the hub does not answer, trying again");
      await clock.sleep(backoff.next(), signal);
      signal.throwIfAborted();
    }
  }
}
