import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { Random } from "../../faults/seeded-random.ts";

export type SteadyLoad = {
  /** Ends it and answers with the ids of the runs that were made. */
  stop: () => Promise<string[]>;
};

export type Load = {
  /** Of each run. */
  shards: number;
  /** Between two runs, in the mean. */
  everySeconds: number;
};

/**
 * Makes runs at random moments, so that nothing falls into step with anybody else's. Answers are not waited for.
 */
export function submitSteadily(
  project: ProjectClient,
  { shards, everySeconds }: Load,
  random: Random,
): SteadyLoad {
  const made: Promise<string>[] = [];
  const suite = {
    ...{ name: "steady", tool: null, image: "bench/image", command: ["true"], shards, timeoutSeconds: 300 },
    resources: { cpuMillis: 50, memoryBytes: 64 * 1_048_576 },
  };
  let timer: NodeJS.Timeout;
  const submitLater = () => {
    timer = setTimeout(
      () => {
        submitLater();
        made.push(project.createRun({ suites: [suite] }).then(({ id }) => id));
      },
      -Math.log(1 - random()) * everySeconds * 1_000,
    );
  };
  submitLater();
  return {
    async stop() {
      clearTimeout(timer);
      return Promise.all(made);
    },
  };
}

/** From queued to leased, in milliseconds, of every shard of these runs; waits for those that still wait. */
export async function waitsOf(project: ProjectClient, runs: readonly string[]): Promise<number[]> {
  const waits: number[] = [];
  for (const run of runs)
    for (const shard of await untilLeased(project, run)) {
      const [first] = shard.attempts;
      if (first !== undefined && first.leasedAt !== null)
        waits.push(Date.parse(first.leasedAt) - Date.parse(first.createdAt));
    }
  return waits;
}

async function untilLeased(project: ProjectClient, run: string) {
  const until = Date.now() + 120_000;
  for (;;) {
    const shards = await project.listShards(run);
    const isLeased =
      shards.length > 0 && shards.every(({ attempts }) => (attempts[0]?.leasedAt ?? null) !== null);
    if (isLeased) return shards;
    if (Date.now() > until) throw new Error(`shards of run ${run} were not leased within two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
