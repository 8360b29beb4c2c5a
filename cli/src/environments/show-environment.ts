import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { elapsed, elapsedBetween } from "../terminal/elapsed.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { describeEnd, describeEnvironment, environmentDetails } from "./describe-environment.ts";
import { findEnvironmentId } from "./find-environment-id.ts";
import { watchEnvironment } from "./watch-environment.ts";

type ShowOptions = { watch?: boolean };

/** Adds `seatrial env show`. */
export function registerShowEnvironment(env: Command): void {
  env
    .command("show")
    .description("one environment: endpoints, what it waits for, what was done to it")
    .argument("<environment>", "its id, the start of it, or its name")
    .option("--watch", "go on until it is ready, asleep, failed or gone")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, options: ShowOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const id = await findEnvironmentId(project, given, { gone: true });
      if (options.watch) {
        const awaited = {
          wanted: ["ready", "sleeping", "deleted"] as const,
          otherwise: ["failed"] as const,
        };
        process.exitCode = await watchEnvironment(project, id, awaited, output);
        return;
      }
      const environment = await project.getEnvironment(id);
      output.json(environment);
      output.print(describeEnvironment(environment, output));
      for (const line of environmentDetails(environment, output)) output.print(line);
      output.print(`  namespace ${environment.namespace}  ${describeEnd(environment, Date.now())}`);
      for (const operation of environment.operations) {
        const steps = operation.steps.map(
          (step) => `${safeLine(step.name, 40)} ${elapsed(step.milliseconds)}`,
        );
        const took = elapsedBetween(operation.startedAt, operation.endedAt, Date.now());
        const words = [operation.kind, operation.state, took, output.paint("dim", steps.join(" · "))];
        output.print(`  ${words.filter((word) => word !== "").join("  ")}`);
      }
    });
}
