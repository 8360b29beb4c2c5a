import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
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
  const watchers: (() => void)[] = [];
  const hub = {
    operationProgress: async (_: string, { step }: Parameters<OperationLink["operationProgress"]>[1]) => {
      if (step) steps.push(step);
      for (const watcher of watchers) watcher();
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
  const told = (name: string) =>
    new Promise<void>((resolve) => {
      const look = () => steps.some((one) => one.name === name) && resolve();
      watchers.push(look);
      look();
    });
  return { clock, ends, steps, told, table };
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

test("an operation whose content nobody gives ends at its deadline, says what it waits for, and frees its slot", async () => {
  const content = async () => {
    throw new SeatrialError("unavailable", "The store of contents is away.");
  };
  const { clock, ends, steps, table } = begin({ content }, { operation: "up" });
  // Its deadline, and the wait before it asks again.
  await clock.sleepers(2);
  expect([table.slotsFree(), ends]).toEqual([0, []]);
  await clock.advance(100_000);
  await table.settled();
  expect(ends.map(({ failure }) => failure?.code)).toEqual(["deadline"]);
  expect(ends[0]?.failure?.message).toContain("The store of contents is away.");
  expect(steps).toEqual([
    expect.objectContaining({ name: "waits for the content", message: expect.stringContaining("is away") }),
  ]);
  expect(table.slotsFree()).toBe(1);
});

test("the time that an operation waits for its content is part of its own", async () => {
  let isAway = true;
  const content = async () => {
    if (isAway) throw new SeatrialError("unavailable", "The store of contents is away.");
    return Readable.from([new Uint8Array(1)]);
  };
  const { clock, ends, told, table } = begin({ content }, { operation: "up", behaviour: "obey" });
  await clock.sleepers(2);
  isAway = false;
  await clock.advance(90_000);
  await told("began");
  await clock.advance(10_000);
  await table.settled();
  expect(ends.map(({ failure }) => failure?.code)).toEqual(["deadline"]);
});

test("a disk that takes no content is no silence of the hub: the operation fails at once", async () => {
  const content = async () => {
    await rm(folder, { recursive: true });
    return Readable.from([new Uint8Array(1)]);
  };
  const { ends, table } = begin({ content }, { operation: "up" });
  await table.settled();
  expect(ends.map(({ failure }) => failure?.code)).toEqual(["internal"]);
  expect(ends[0]?.failure?.message).toContain("ENOENT");
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
