import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { readCount } from "../read-number.ts";
import { describeQuotas } from "./describe-quotas.ts";

type QuotaOptions = { environments?: number };
type CreateOptions = QuotaOptions & { quota?: number };

/** Adds `seatrial project …`. */
export function registerProject(program: Command): void {
  const project = program.command("project").description("projects of a hub");
  project
    .command("create")
    .description("make a project (needs an admin token)")
    .argument("<name>", "lower-case letters, digits and dashes")
    .option("--quota <count>", "how many of its shards may run at once", readCount)
    .option("--environments <count>", "how many environments it may have at once", readCount)
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { output, connect } = openCli(command);
      const created = await (await connect()).createProject({ name, ...quotasOf(options) });
      output.json(created);
      output.print(`${output.paint("green", "✓")} project ${created.name}: ${describeQuotas(created)}`);
      output.print(`  seatrial token create ci --project ${created.name} --scope run`);
    });
  project
    .command("quota")
    .description("change how much of a project may run at once (needs an admin token)")
    .argument("<name>", "the project")
    .argument("[count]", "how many shards, from 1 on", readCount)
    .option("--environments <count>", "how many environments; more wait in line", readCount)
    .action(async (name: string, quota: number | undefined, options: QuotaOptions, command: Command) => {
      if (quota === undefined && options.environments === undefined)
        throw new CliError("say how many", {
          fix: `seatrial project quota ${name} <shards> --environments <count>, or one of both`,
          exitCode: exitCodes.usage,
        });
      const { output, connect } = openCli(command);
      const changed = await (await connect()).changeProject(name, quotasOf({ ...options, quota }));
      output.json(changed);
      output.print(`${output.paint("green", "✓")} project ${changed.name}: ${describeQuotas(changed)}`);
    });
  project
    .command("list")
    .description("the projects this token may see")
    .action(async (_options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const hub = await connect();
      const items = await Array.fromAsync(readPages((page) => hub.listProjects(page)));
      output.json({ items });
      output.table(
        ["NAME", "SHARDS", "ENVIRONMENTS", "CREATED"],
        items.map((one) => [
          one.name,
          String(one.runningQuota),
          String(one.environmentQuota),
          one.createdAt.slice(0, 10),
        ]),
      );
    });
}

/** What was said on the command line alone: the hub knows the rest. */
function quotasOf({ quota, environments }: { quota?: number | undefined; environments?: number }) {
  return {
    ...(quota === undefined ? {} : { runningQuota: quota }),
    ...(environments === undefined ? {} : { environmentQuota: environments }),
  };
}
