import type { CommitState } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { CheckReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { type CommitWorld, checkState, commitWords, stateAs } from "./check-state.ts";
import type { SameCommit } from "./report-world.ts";

/**
 * The worst first: nobody may read a verdict while one is still to come. A stranger can open a pull request of any
 * commit, so one that waits for an approval takes no verdict away.
 */
const ranks: Record<CommitState, number> = {
  fetching: 0,
  images: 0,
  running: 0,
  failed: 1,
  errored: 2,
  cancelled: 3,
  superseded: 3,
  passed: 4,
  approval_needed: 5,
  ignored: 6,
};

/**
 * How a commit's check stands. A forge takes one check of a name and a commit, whichever pull request had it drawn: so
 * each says the worst of all open ones that have this commit as their newest, by its own words where it is that one.
 */
export function sharedState(world: CommitWorld): Pick<CheckReport, "status" | "conclusion" | "title"> {
  const worst = worstElsewhere(world);
  if (worst === null) return checkState(world);
  const { state, number } = worst;
  return stateAs(state, `This commit ${commitWords[state]} in pull request #${number}`);
}

/** Whose verdict a check tells that is another pull request's as well; empty: there is none. */
export function elsewhereText(world: CommitWorld, number: number): string[] {
  const { elsewhere } = world;
  if (elsewhere.length === 0) return [];
  const others = elsewhere.map((one) => `#${one.number} (${commitWords[one.state]})`).join(", ");
  const whose = worstElsewhere(world)?.number ?? number;
  return [
    `This commit is also the newest of ${others}. A commit has one verdict, the worst: this is that of #${whose}.`,
  ];
}

/** The other pull request whose word counts; null: its own does. */
function worstElsewhere({ commit, isHead, elsewhere }: CommitWorld): SameCommit | null {
  const [worst] = elsewhere.toSorted((left, right) => ranks[left.state] - ranks[right.state]);
  if (worst === undefined) return null;
  return isHead && ranks[commit.state] <= ranks[worst.state] ? null : worst;
}
