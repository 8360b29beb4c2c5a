import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Output } from "@seatrial/cli/terminal/output.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { type LabInventory, labInventory } from "@seatrial/lab/lab-inventory.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import { compareInventories } from "./compare-inventories.ts";
import { createStage, type Stage } from "./create-stage.ts";
import { DemoError } from "./demo-world.ts";
import { readExampleRepository } from "./example-repository.ts";
import { judgeStory } from "./judge-story.ts";
import { openWorld } from "./open-world.ts";
import { type Story, tellStory } from "./tell-story.ts";

export type DemoOptions = {
  readonly keep: boolean;
  readonly port: number;
  readonly columns: () => number;
  readonly signal: AbortSignal;
};

/**
 * Tells the whole story on two real clusters and takes everything down again, unless `keep` and the story came to its
 * end. Returns it when all of it came out as it shall; throws DemoError with what did not, also when anything is left.
 */
export async function runDemo(output: Output, options: DemoOptions): Promise<Story> {
  const stage = createStage(output, options.columns);
  if ((await labStatus()) !== undefined)
    throw new DemoError(
      "a lab is up already, and the demo takes its own down at the end: seatrial lab down, then again",
    );
  const before = await labInventory();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-demo-"));
  let isKept = false;
  let story: Story;
  try {
    story = await tellIt(stage, folder, options);
    isKept = options.keep;
  } finally {
    stage.live([]);
    if (!isKept) {
      await labDown();
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (isKept) sayHowToLook(stage, folder, story, options);
  else sayWhatIsLeft(before, await labInventory(), stage);
  const problems = judgeStory(story, options.keep);
  if (problems.length > 0) throw new DemoError(`the story went otherwise:\n  ${problems.join("\n  ")}`);
  stage.say("Next: cd your-repo && seatrial init");
  return story;
}

async function tellIt(stage: Stage, folder: string, options: DemoOptions): Promise<Story> {
  const example = await readExampleRepository();
  const { world, stop } = await openWorld(stage, example, { ...options, folder });
  try {
    return await tellStory(world, stage, example, { keep: options.keep });
  } finally {
    await stop();
  }
}

function sayHowToLook(stage: Stage, folder: string, { second }: Story, { port }: DemoOptions): void {
  const [endpoint] = second.environment?.endpoints ?? [];
  const { output, say } = stage;
  say(`${output.paint("green", "✓")} kept: ${endpoint?.url ?? ""}  clusters, hub data in ${folder}`);
  say(`  look:   seatrial dev --folder ${folder} --host 10.88.0.1 --port ${port}`);
  say(`          seatrial pr list; seatrial env list; seatrial runs list`);
  say(`  remove: seatrial lab down; rm -r ${folder}`);
}

/** Throws DemoError with what was not there before, or is not there any more. */
function sayWhatIsLeft(before: LabInventory, after: LabInventory, { output, say }: Stage): void {
  const changes = compareInventories(before, after);
  if (changes.length > 0)
    throw new DemoError(
      `this machine is not as it was before the demo, unless somebody else changed it meanwhile:\n  ${changes.join("\n  ")}`,
    );
  say(`${output.paint("green", "✓")} nothing of the lab is left on this machine`);
}
