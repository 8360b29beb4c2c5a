import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createLeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OperationLink } from "./operation-link.ts";
import { type RunLeaseDeps, runLease } from "./run-lease.ts";
import type { RunnerPool } from "./runner-pool.ts";
import { startRunner } from "./start-runner.ts";

const program = join(import.meta.dirname, "testing/runner-program.ts");
type Told = Parameters<OperationLink["operationFinish"]>[1];

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-lease-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A provisioner with one slot, whose runners behave as named, and a hub that takes every end but as told otherwise. */
function begin(link: Partial<OperationLink>, { behaviour = "answer", operation = "sleep" } = {}) {
  const clock = createManualClock();
  const ends: Told[] = [];
  const steps: { name: string; message?: string | undefined }[] = [];
  const hub = {
    operationProgress: async (_: string, { step }: Parameters<OperationLink["operationProgress"]>[1]) => {
      if (step) steps.push(step);
    },
    operationFinish: async (_: string, told: Told) => void ends.push(told),
    ...link,
  } as unknown as OperationLink;
  const runners: RunnerPool = {
    take: () => startRunner({ folder, searchPath: "/usr/bin:/bin", program }),
    close: async () => undefined,
  };
  const deps = {
    ...{ link: hub, clock, logger: silentLogger, instance: "instance-1", holderPrefix: "east/" },
    ...{ holders: new Set<string>(), settings: {}, runners, workFolder: folder, operationSeconds: 100 },
    ...{ draining: new AbortController().signal, shutdown: new AbortController().signal },
  } as unknown as RunLeaseDeps;
  const table = createLeaseTable<OperationGrant>({
    ...{ slots: 1, logger: silentLogger, onFree: () => undefined },
    run: (lease) => runLease(deps, lease),
  });
  const work = { name: behaviour, operation, operationId: "op-1", template: { timeoutSeconds: 1_000 } };
  table.take([{ leaseId: "l-1", work } as unknown as OperationGrant], false);
  return { clock, ends, steps, table };
}

test("an end that the hub cannot take is told as a bare one, with what the hub said", async () => {
  const ends: Told[] = [];
  const operationFinish = async (_: string, told: Told) => {
    ends.push(told);
    if (told.objects !== null) throw new SeatrialError("payload_too_large", "The body is too large.");
    return { state: "failed", duplicate: false };
  };
  const { table } = begin({ operationFinish });
  await table.settled();
  expect(ends.map(({ failure }) => failure?.code ?? null)).toEqual([null, "internal"]);
  expect(ends[1]).toMatchObject({ objects: null, endpoints: null, instance: "instance-1" });
  expect(ends[1]?.failure?.message).toContain("The body is too large.");
});

test("an end of a lease that is another's is told no second time", async () => {
  let asked = 0;
  const { table } = begin({
    operationFinish: async () => {
      asked += 1;
      throw new SeatrialError("lease_stale", "The lease is over.");
    },
  });
  await table.settled();
  expect(asked).toBe(1);
});
