import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { PullHandle } from "../../support/github/pull-handle.ts";
import type { PullRequestLab } from "../../support/pull-request-lab.ts";
import { type ChangeKind, changeFiles } from "./shop-files.ts";

/** What was seen of one pull request from its opening to the proof that its environment is gone. */
export type Life = {
  number: number;
  kind: ChangeKind;
  environmentId: string | null;
  /** The longest place in line that it was seen at; null: it never stood in line. */
  place: number | null;
  /** What its run and its environment said meanwhile, each once. */
  reasons: string[];
  verdict: string | null;
  check: string | null;
  /** From its opening on. */
  verdictSeconds: number | null;
  goneSeconds: number | null;
};

const lookMilliseconds = 500;

/**
 * Opens a pull request of each kind at once, closes each as soon as GitHub shows its check's end (none before so many
 * as `inLineFirst` were seen in line), and follows all of them until their environments are gone. Throws after
 * `deadlineSeconds` with what was seen until then.
 */
export async function liveAtOnce(
  lab: PullRequestLab,
  image: string,
  kinds: readonly ChangeKind[],
  { deadlineSeconds, inLineFirst = 0 }: { deadlineSeconds: number; inLineFirst?: number },
): Promise<Life[]> {
  const opened = new Map<number, { pull: PullHandle; life: Life; at: number }>();
  await Promise.all(
    kinds.map(async (kind, index) => {
      const at = performance.now();
      const files = changeFiles(kind, index, image);
      const pull = await lab.shop.open({ by: "author", branch: `change-${index}`, files });
      opened.set(pull.number, { pull, life: newLife(pull.number, kind), at });
    }),
  );
  const until = performance.now() + deadlineSeconds * 1_000;
  const lives = [...opened.values()]
    .map(({ life }) => life)
    .toSorted((one, other) => one.number - other.number);
  while (lives.some(({ goneSeconds }) => goneSeconds === null)) {
    if (performance.now() > until) throw new Error(`not all are over: ${JSON.stringify(lives, null, 1)}`);
    const mayClose = lives.filter(({ place }) => place !== null).length >= inLineFirst;
    for (const shown of await listAll(lab)) {
      const one = opened.get(shown.number);
      if (one === undefined || one.life.goneSeconds !== null) continue;
      const seconds = (performance.now() - one.at) / 1_000;
      look(one.life, shown, one.pull, seconds);
      if (mayClose && one.life.check !== null && one.pull.state.state === "open") await one.pull.close();
    }
    await sleep(lookMilliseconds);
  }
  return lives;
}

function look(life: Life, shown: PullRequest, pull: PullHandle, seconds: number): void {
  const [commit] = shown.commits;
  const [environment] = shown.environments;
  const position = environment?.queuePosition ?? null;
  life.environmentId ??= environment?.environmentId ?? null;
  if (position !== null) life.place = Math.max(life.place ?? 0, position);
  for (const reason of [environment?.reason, commit?.runs[0]?.reason])
    if (reason && !life.reasons.includes(reason)) life.reasons.push(reason);
  const conclusion = pull.checks().at(-1)?.conclusion ?? null;
  if (conclusion !== null && life.check === null) {
    life.verdict = commit?.state ?? null;
    life.check = conclusion;
    life.verdictSeconds = seconds;
  }
  const isGone = shown.environments.every(({ state }) => state === "deleted");
  if (life.check !== null && shown.state !== "open" && isGone) life.goneSeconds = seconds;
}

async function listAll(lab: PullRequestLab): Promise<PullRequest[]> {
  return (await lab.stack.project.listPullRequests({ repository: lab.shop.name, limit: 100 })).items;
}

function newLife(number: number, kind: ChangeKind): Life {
  const nothing = { environmentId: null, place: null, verdict: null, check: null };
  return { number, kind, ...nothing, reasons: [], verdictSeconds: null, goneSeconds: null };
}
