import { shortEnvironmentId } from "@seatrial/cli/environments/find-environment-id.ts";
import { proofLine } from "@seatrial/cli/environments/show-proof.ts";
import { elapsed } from "@seatrial/cli/terminal/elapsed.ts";
import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import type { Stage } from "./create-stage.ts";
import { DemoError, type DemoWorld, type ShownCheck } from "./demo-world.ts";
import type { ExampleRepository } from "./example-repository.ts";
import { type CommitStory, followCommit } from "./follow-commit.ts";
import { causeLines, checkLines, verdictLine } from "./verdict-lines.ts";
import { waitFor } from "./wait-for.ts";

/** All that happened, for whoever judges it. Times in milliseconds. */
export type Story = {
  readonly number: number;
  readonly first: CommitStory & { readonly check: ShownCheck };
  readonly second: CommitStory & { readonly check: ShownCheck };
  /** What of Seatrial's requests GitHub's description does not allow. */
  readonly violations: readonly string[];
  /** Null: the pull request was left open. */
  readonly removal: { readonly proof: Proof | null; readonly milliseconds: number } | null;
};

const titles = { first: "Rename greeting", second: "Fix greeting" };

/** Opens a pull request that upsets tests, pushes what mends it, and closes it unless it shall stay. */
export async function tellStory(
  world: DemoWorld,
  stage: Stage,
  example: ExampleRepository,
  options: { readonly keep: boolean },
): Promise<Story> {
  const { say } = stage;
  let began = performance.now();
  const { number, sha } = await world.forge.open(titles.first, example.renamed);
  say(`PR #${number} "${titles.first}" ${sha.slice(0, 7)}`);
  const first = await tellCommit(world, stage, { number, sha, began });

  began = performance.now();
  const fix = await world.forge.push(number, example.fixed);
  say(`PR #${number} "${titles.second}" ${fix.slice(0, 7)}`);
  const second = await tellCommit(world, stage, { number, sha: fix, began });

  const removal = options.keep ? null : await tellRemoval(world, stage, number, second.environment?.id);
  return { number, first, second, removal, violations: world.forge.violations() };
}

async function tellCommit(
  world: DemoWorld,
  stage: Stage,
  told: { readonly number: number; readonly sha: string; readonly began: number },
): Promise<CommitStory & { check: ShownCheck }> {
  const story = await followCommit(world, stage, told);
  stage.say(verdictLine(story, stage.output));
  const name = `the check of ${told.sha.slice(0, 7)}`;
  const check = await waitFor(world, { name, seconds: 120 }, async () => {
    const shown = world.forge.check(told.sha);
    return shown?.status === "completed" ? shown : null;
  });
  for (const line of [...causeLines(story, check), ...checkLines(check, stage.output)]) stage.say(line);
  return { ...story, check };
}

async function tellRemoval(world: DemoWorld, stage: Stage, number: number, environmentId?: string) {
  if (environmentId === undefined) throw new DemoError("the pull request has no environment");
  const began = performance.now();
  await world.forge.close(number);
  stage.say(`PR #${number} closed`);
  const what = { name: "the end of the environment", seconds: 300 };
  const gone = await waitFor(world, what, async () => {
    const environment = await world.project.getEnvironment(environmentId);
    stage.live([`${stage.output.paint("dim", "·")} environment ${environment.state}`]);
    return environment.state === "deleted" || environment.state === "stuck" ? environment : null;
  });
  const milliseconds = performance.now() - began;
  const proof = gone.state === "deleted" ? await world.project.getProof(environmentId) : null;
  const id = shortEnvironmentId(environmentId);
  const line = proof === null ? `✗ environment ${id} is stuck` : proofLine(proof, stage.output);
  stage.say(`${line}   ${elapsed(milliseconds)} after the close   seatrial env proof ${id}`);
  return { proof, milliseconds };
}
