import { dirname, resolve } from "node:path";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { readChange } from "../content/read-change.ts";
import { uploadContent } from "../content/upload-content.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { readConfiguration } from "../runs/read-suites.ts";
import { describeTime } from "./describe-schedule.ts";
import { requestOfRun, scheduledRuns } from "./named-run.ts";

type ApplyOptions = { file: string; prune?: boolean };
type Done = { name: string; did: "made" | "changed" | "unchanged" | "deleted"; schedule: Schedule | null };

/** Adds `seatrial schedules apply`: tells the hub every scheduled run of the file, with the files as they are now. */
export function registerApplySchedules(schedules: Command): void {
  schedules
    .command("apply")
    .description("tell the hub the scheduled runs of seatrial.yaml, with the files as they are now")
    .option("--prune", "delete schedules that are not in the file; their runs go on")
    .option("--file <file>", "where the runs are written", "seatrial.yaml")
    .option("--project <name>", "the project they belong to")
    .action(applySchedules);
}

async function applySchedules(options: ApplyOptions, command: Command): Promise<void> {
  const { output, connectProject } = openCli(command);
  const configuration = await readConfiguration(options.file);
  const scheduled = scheduledRuns(configuration);
  if (scheduled.length === 0 && !options.prune)
    throw new CliError(`${options.file} has no run with a schedule`, {
      fix: 'write runs: {nightly: {when: {schedule: "0 2 * * *"}}}, or delete all with --prune',
      exitCode: exitCodes.usage,
    });
  const { project } = await connectProject();
  const known = await listAll(project);
  const folder = dirname(resolve(options.file));
  const done: Done[] = [];
  if (scheduled.length > 0) {
    const change = await readChange(folder);
    const { sha256 } = await uploadContent(project, folder);
    for (const { run, trigger } of scheduled) {
      const { cron, timezone, overlap, catchUpSeconds } = trigger;
      const request = requestOfRun(configuration, run, { sha256, change });
      const put = { cron, timezone, overlap, catchUpSeconds, run: request };
      done.push(toDone(known, await project.putSchedule(run.name, put)));
    }
  }
  if (options.prune) done.push(...(await prune(project, known, done)));
  output.json(done.map(({ name, did }) => ({ name, did })));
  for (const one of done) output.print(`${output.paint("green", "✓")} ${describeDone(one)}`);
}

function describeDone({ name, did, schedule }: Done): string {
  if (schedule === null) return `${name} ${did}`;
  const [next] = schedule.nextTimes;
  const when = next === undefined ? "paused" : `next ${describeTime(next, schedule)}`;
  return `${name} ${did}  ${when}`;
}

async function listAll(project: ProjectClient): Promise<Map<string, Schedule>> {
  const known = new Map<string, Schedule>();
  for await (const schedule of readPages(project.listSchedules)) known.set(schedule.name, schedule);
  return known;
}

function toDone(known: Map<string, Schedule>, schedule: Schedule): Done {
  const before = known.get(schedule.name);
  const isSame = before?.id === schedule.id && before.updatedAt === schedule.updatedAt;
  return {
    name: schedule.name,
    did: before === undefined ? "made" : isSame ? "unchanged" : "changed",
    schedule,
  };
}

async function prune(
  project: ProjectClient,
  known: Map<string, Schedule>,
  kept: readonly Done[],
): Promise<Done[]> {
  const gone = [...known.keys()].filter((name) => !kept.some((one) => one.name === name));
  for (const name of gone) await project.deleteSchedule(name);
  return gone.map((name) => ({ name, did: "deleted", schedule: null }));
}
