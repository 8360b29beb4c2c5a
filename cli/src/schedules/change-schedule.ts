import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import type { Output } from "../terminal/output.ts";
import { describeFiring, describeTime } from "./describe-schedule.ts";

/** Adds `seatrial schedules pause|resume|trigger|delete`. */
export function registerChangeSchedule(schedules: Command): void {
  onSchedule(schedules, "pause", "let its times pass unused")
    .option("--reason <text>", "why, for others to read", "")
    .action((name: string, { reason }: { reason: string }, command: Command) =>
      withProject(command, async (project, output) => {
        output.json(await project.pauseSchedule(name, reason));
        output.print(`${output.paint("green", "✓")} ${name} paused  seatrial schedules resume ${name}`);
      }),
    );
  onSchedule(schedules, "resume", "let its next time count again").action(
    (name: string, _options: object, command: Command) =>
      withProject(command, async (project, output) => {
        const schedule = await project.resumeSchedule(name);
        output.json(schedule);
        const [next] = schedule.nextTimes;
        const when = next === undefined ? "" : `  next ${describeTime(next, schedule)}`;
        output.print(`${output.paint("green", "✓")} ${name} resumed${when}`);
      }),
  );
  onSchedule(schedules, "trigger", "start its run now; its overlap policy holds").action(
    (name: string, _options: object, command: Command) =>
      withProject(command, async (project, output) => {
        const firing = await project.triggerSchedule(name);
        output.json(firing);
        output.print(describeFiring(firing, await project.getSchedule(name), output));
      }),
  );
  onSchedule(schedules, "delete", "end it for good; its runs go on").action(
    (name: string, _options: object, command: Command) =>
      withProject(command, async (project, output) => {
        await project.deleteSchedule(name);
        output.json({ name, deleted: true });
        output.print(`${output.paint("green", "✓")} ${name} deleted`);
      }),
  );
}

function onSchedule(schedules: Command, verb: string, description: string): Command {
  return schedules
    .command(verb)
    .description(description)
    .argument("<schedule>", "its name")
    .option("--project <name>", "the project it belongs to");
}

async function withProject(
  command: Command,
  work: (project: ProjectClient, output: Output) => Promise<void>,
): Promise<void> {
  const { output, connectProject } = openCli(command);
  const { project } = await connectProject();
  await work(project, output);
}
