import type { PullHandle } from "../../support/github/pull-handle.ts";
import type { DayWorld } from "./day-world.ts";

/** A commit as it went: seconds from its push until its check at the forge says how it ended. */
export type Ended = { number: number; seconds: number; sha: string };
export type Replayed = {
  commits: Ended[];
  /** From the first push to the last verdict. */
  seconds: number;
};

const pollMilliseconds = 100;
/** Past this without a single verdict, something is broken. */
const patienceSeconds = 300;

/** Opens a pull request at each time and merges it at its verdict. Throws when a check is not green. */
export async function replayDay(world: DayWorld, arrivals: readonly number[]): Promise<Replayed> {
  const begin = performance.now();
  const commits = await Promise.all(
    arrivals.map(async (seconds, index) => {
      await sleep(seconds * 1_000 - (performance.now() - begin));
      return changeOnce(world, index);
    }),
  );
  return { commits, seconds: (performance.now() - begin) / 1_000 };
}

/** Commits one after another: the next one comes when the one before has its verdict. */
export async function replayAlone(world: DayWorld, count: number): Promise<Ended[]> {
  const commits: Ended[] = [];
  for (let index = 0; index < count; index += 1) commits.push(await changeOnce(world, index));
  return commits;
}

let branches = 0;

async function changeOnce(world: DayWorld, index: number): Promise<Ended> {
  branches += 1;
  const begin = performance.now();
  const files = { [`src/change-${index}.txt`]: `${branches}\n` };
  const pull = await world.shop.open({ by: "author", branch: `change-${branches}`, files });
  await untilGreen(world, pull);
  const seconds = (performance.now() - begin) / 1_000;
  await pull.merge();
  return { number: pull.number, sha: pull.headSha, seconds };
}

async function untilGreen({ shop }: DayWorld, pull: PullHandle): Promise<void> {
  const begin = performance.now();
  for (;;) {
    const [check] = shop.checks(pull.headSha);
    if (check?.conclusion === "success") return;
    const isLate = performance.now() - begin > patienceSeconds * 1_000;
    if (isLate || (check !== undefined && check.conclusion !== null))
      throw new Error(
        `pull request ${pull.number}: its check is ${check?.conclusion ?? check?.status ?? "not there"}`,
      );
    await sleep(pollMilliseconds);
  }
}

const sleep = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
