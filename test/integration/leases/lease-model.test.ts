import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import { createTestHub } from "../../support/test-hub.ts";
import * as agents from "./model/agent-commands.ts";
import * as hub from "./model/hub-commands.ts";
import { checkInvariants } from "./model/invariants.ts";
import { createSimulation, type Fate, type SimulatedAgent, type Simulation } from "./model/simulation.ts";

stopServerAfterTests();

const projects = [
  { name: "narrow", quota: 2 },
  { name: "wide", quota: 4 },
];
const agentCount = 3;
/** More time than that without a tick is the hub's own absence: every lease gets what exceeds a usual gap. */
const absentAfterSeconds = 30;
/** Time for the whole property; what did not fit is left out, and the count is printed. */
/** A number and no time limit: what is tried must not depend on how busy the machine is. */
const sequencesPerRun = { PGlite: 30, PostgreSQL: 30 };

class Step implements fc.AsyncCommand<object, Simulation> {
  readonly #name: string;
  readonly #run: (simulation: Simulation) => Promise<void>;
  constructor(name: string, run: (simulation: Simulation) => Promise<void>) {
    this.#name = name;
    this.#run = run;
  }
  check(): boolean {
    return true;
  }
  async run(_model: object, simulation: Simulation): Promise<void> {
    await this.#run(simulation);
    await checkInvariants(simulation);
  }
  toString(): string {
    return this.#name;
  }
}

const step =
  <Input>(name: string, run: (simulation: Simulation, input: Input) => Promise<void>) =>
  (input: Input) =>
    new Step(`${name} ${JSON.stringify(input)}`, (simulation) => run(simulation, input));

const fates: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fate>("arrives") },
  { weight: 1, arbitrary: fc.constant<Fate>("request is lost") },
  { weight: 2, arbitrary: fc.constant<Fate>("answer is lost") },
);
const who = fc.nat({ max: agentCount - 1 });
const pick = fc.nat({ max: 100 });
const agentOf = (simulation: Simulation, index: number): SimulatedAgent => {
  const holder = simulation.agents[index];
  if (holder === undefined) throw new Error(`there is no agent ${index}`);
  return holder;
};
/** One of the leases that the agent knows, or of all that were ever granted. */
function chooseLease(
  simulation: Simulation,
  index: number,
  choice: number,
  isAny: boolean,
): string | undefined {
  const ids = isAny ? [...simulation.leases.keys()] : [...agentOf(simulation, index).known];
  return ids[choice % Math.max(1, ids.length)];
}

const createRun = fc
  .record({
    project: fc.nat({ max: 1 }),
    shards: fc.integer({ min: 1, max: 4 }),
    retries: fc.nat({ max: 1 }),
    infrastructureRetries: fc.nat({ max: 2 }),
  })
  .map(step("a run is created", hub.createRun));
const work = fc.constant(undefined).map(step("the worker works", ({ world }) => world.work()));
const workerDies = fc.constant(undefined).map(step("a worker dies", hub.dieWithOutbox));
const ticks = fc.constant(undefined).map(step("tick", hub.tick));
const advance = fc
  .constantFrom(1, 5, 10, 21, 61, 200)
  .map(step("seconds pass:", async ({ world }, seconds: number) => world.hub.clock.advance(seconds)));
/** Seldom, because nothing happens to a cancelled run any more. */
const cancel = pick.map(
  step("a run is cancelled", async (simulation, choice) => {
    if (choice % 4 === 0) await hub.cancelRun(simulation, choice);
  }),
);
const claim = fc
  .record({ who, slots: fc.integer({ min: 0, max: 3 }), fate: fates })
  .map(
    step("an agent claims", (simulation, input) =>
      agents.claim(simulation, agentOf(simulation, input.who), input.slots, input.fate),
    ),
  );
const acknowledge = fc
  .record({ who, fate: fates })
  .map(
    step("an agent acknowledges", (simulation, input) =>
      agents.acknowledge(simulation, agentOf(simulation, input.who), input.fate),
    ),
  );
const heartbeat = fc
  .record({ who, fate: fates })
  .map(
    step("an agent beats", (simulation, input) =>
      agents.heartbeat(simulation, agentOf(simulation, input.who), input.fate),
    ),
  );
const progress = fc.record({ who, pick, isRunning: fc.boolean() }).map(
  step("an agent goes on", async (simulation, input) => {
    const id = chooseLease(simulation, input.who, input.pick, false);
    if (id !== undefined)
      await agents.progress(simulation, agentOf(simulation, input.who), id, input.isRunning);
  }),
);
/** One time in four it is any lease ever granted: a late result, or a foreign one. */
const finish = fc
  .record({
    who,
    pick,
    isAny: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    ending: fc.constantFrom(...agents.endings),
    fate: fates,
  })
  .map(
    step("an agent finishes", async (simulation, input) => {
      const id = chooseLease(simulation, input.who, input.pick, input.isAny);
      if (id !== undefined)
        await agents.finish(simulation, agentOf(simulation, input.who), id, input.ending, input.fate);
    }),
  );
const finishFromGone = fc.record({ who, pick, ending: fc.constantFrom(...agents.endings) }).map(
  step("a gone instance finishes", async (simulation, input) => {
    const id = chooseLease(simulation, input.who, input.pick, false);
    if (id !== undefined)
      await agents.finishFromGone(simulation, agentOf(simulation, input.who), id, input.ending);
  }),
);
const restart = fc
  .record({ who, found: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fate: fates })
  .map(
    step("an agent restarts", (simulation, input) => {
      let place = 0;
      const isFound = () => input.found[place++ % input.found.length] ?? false;
      return agents.restart(simulation, agentOf(simulation, input.who), isFound, input.fate);
    }),
  );

const often = <Value>(times: number, value: Value): Value[] => Array(times).fill(value);
const commands = fc.commands(
  [
    createRun,
    cancel,
    workerDies,
    progress,
    ...often(2, restart),
    finishFromGone,
    ...often(2, heartbeat),
    ...often(3, work),
    ...often(2, acknowledge),
    ...often(4, claim),
    ...often(3, finish),
    ...often(3, advance),
    ...often(2, ticks),
  ],
  { maxCommands: 80, size: "max" },
);
/** What every simulation starts with, so that none is idle. */
const firstRuns = [
  { project: 0, shards: 3, retries: 1, infrastructureRetries: 2 },
  { project: 1, shards: 4, retries: 0, infrastructureRetries: 1 },
];

describe.each(databases)("the lease protocol on $name, whatever is lost, late or restarted", (database) => {
  let world: LeaseWorld;
  let simulated: SimulatedAgent[];
  beforeAll(async () => {
    world = createLeaseWorld(await createTestHub(database, { settings: { absentAfterSeconds } }));
    for (const { name, quota } of projects) await world.project(name, quota);
    simulated = [];
    for (let index = 0; index < agentCount; index += 1)
      simulated.push({
        name: `east-${index}`,
        // Two clusters, so that a common silence is never one; one agent has not been upgraded yet.
        agent: await world.agent(`east-${index % 2}`, { protocol: index === 0 ? 1 : 2 }),
        known: new Set(),
        gone: null,
      });
  });
  afterAll(() => world.hub.close());

  it("loses no item, grants none twice at a time, takes no stale result, keeps quotas, and ends every run", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const seen = new Map<string, number>();
    const clock = { tickedAt: null };
    let sequences = 0;
    let leftOver: Simulation | null = null;
    const property = fc.asyncProperty(commands, async (sequence) => {
      const simulation = createSimulation(world, simulated, projects, seen, clock);
      if (leftOver !== null) await hub.clean(simulation, leftOver.runs);
      leftOver = simulation;
      for (const plan of firstRuns) await hub.createRun(simulation, plan);
      await world.work();
      await fc.asyncModelRun(() => ({ model: {}, real: simulation }), sequence);
      await hub.drain(simulation);
      await checkInvariants(simulation);
      leftOver = null;
      sequences += 1;
    });
    try {
      await fc.assert(property, {
        seed,
        numRuns: sequencesPerRun[database.name],
        endOnFailure: false,
      });
    } finally {
      const met = Array.from(seen, ([situation, times]) => `${situation}: ${times}`).join(", ");
      console.log(`lease model on ${database.name}: seed ${seed}, ${sequences} sequences; ${met}`);
    }
    expect(sequences).toBe(sequencesPerRun[database.name]);
  }, 900_000);
});
