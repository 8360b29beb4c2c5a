import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { parseDurationSeconds } from "@seatrial/contracts/configuration/quantities.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { type Command, InvalidArgumentError } from "commander";
import { openCli } from "../open-cli.ts";
import { describeEnd, describeEnvironment } from "./describe-environment.ts";
import { findEnvironmentId } from "./find-environment-id.ts";
import { registerUpdateEnvironment } from "./update-environment.ts";
import { type Awaited, watchEnvironment } from "./watch-environment.ts";

type PinOptions = { for?: number; reason: string; off?: boolean };
type Change = (project: ProjectClient, id: string) => Promise<Environment>;

/** Adds `seatrial env extend|pin|sleep|wake|update|delete`. */
export function registerChangeEnvironment(env: Command): void {
  onEnvironment(env, "extend", "keep it for at least this long from now")
    .argument("<duration>", "such as 2h or 90m", readDuration)
    .action((given: string, seconds: number, _options: object, command: Command) =>
      change(given, command, (project, id) => project.extendEnvironment(id, { seconds })),
    );
  onEnvironment(env, "pin", "keep it until a time, in your name")
    .option("--for <duration>", "how long, such as 48h", readDuration, 86_400)
    .option("--reason <text>", "why, for others to read", "")
    .option("--off", "take the pin off")
    .action((given: string, options: PinOptions, command: Command) =>
      change(given, command, (project, id) => {
        const end = new Date(Date.now() + (options.for ?? 86_400) * 1_000).toISOString();
        const until = options.off === true ? null : end;
        return project.pinEnvironment(id, { until, reason: options.reason });
      }),
    );
  const wishes = [
    {
      verb: "sleep",
      text: "scale it to zero and remember how it was",
      call: "sleepEnvironment",
      end: "sleeping",
    },
    { verb: "wake", text: "bring it back as it was, proved ready", call: "wakeEnvironment", end: "ready" },
    { verb: "delete", text: "remove it, with a proof", call: "deleteEnvironment", end: "deleted" },
  ] as const;
  for (const { verb, text, call, end } of wishes)
    onEnvironment(env, verb, text)
      .option("--watch", "go on until it is so")
      .action((given: string, options: { watch?: boolean }, command: Command) =>
        change(
          given,
          command,
          (project, id) => project[call](id),
          options.watch ? { wanted: [end], otherwise: end === "deleted" ? [] : ["failed", "deleted"] } : null,
        ),
      );
  registerUpdateEnvironment(env);
}

function onEnvironment(env: Command, verb: string, description: string): Command {
  return env
    .command(verb)
    .description(description)
    .argument("<environment>", "its id, the start of it, or its name")
    .option("--project <name>", "the project it belongs to");
}

async function change(
  given: string,
  command: Command,
  make: Change,
  awaited: Awaited | null = null,
): Promise<void> {
  const { output, connectProject } = openCli(command);
  const { project } = await connectProject();
  const changed = await make(project, await findEnvironmentId(project, given));
  if (awaited !== null) {
    process.exitCode = await watchEnvironment(project, changed.id, awaited, output);
    return;
  }
  output.json(changed);
  output.print(`${describeEnvironment(changed, output)}  ${describeEnd(changed, Date.now())}`);
}

/** A duration such as `2h`, `90m` or `1h30m`, in seconds. */
export function readDuration(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === null || seconds === 0)
    throw new InvalidArgumentError("write a duration such as 2h, 90m or 45s");
  return seconds;
}
