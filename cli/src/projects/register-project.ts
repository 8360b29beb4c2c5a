import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { readCount } from "../read-number.ts";

/** Adds `seatrial project …`. */
export function registerProject(program: Command): void {
  const project = program.command("project").description("projects of a hub");
  project
    .command("create")
    .description("make a project (needs an admin token)")
    .argument("<name>", "lower-case letters, digits and dashes")
    .option("--quota <count>", "how many of its shards may run at once", readCount)
    .action(async (name: string, options: { quota?: number }, command: Command) => {
      const { output, connect } = openCli(command);
      const { quota } = options;
      const created = await (await connect()).createProject({
        name,
        ...(quota ? { runningQuota: quota } : {}),
      });
      output.json(created);
      output.print(
        `${output.paint("green", "✓")} project ${created.name}: ${created.runningQuota} shards at once`,
      );
      output.print(`  seatrial token create ci --project ${created.name} --scope run`);
    });
  project
    .command("quota")
    .description("change how many shards of a project may run at once (needs an admin token)")
    .argument("<name>", "the project")
    .argument("<count>", "how many, from 1 on", readCount)
    .action(async (name: string, count: number, _options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const changed = await (await connect()).changeProject(name, { runningQuota: count });
      output.json(changed);
      output.print(
        `${output.paint("green", "✓")} project ${changed.name}: ${changed.runningQuota} shards at once`,
      );
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
        ["NAME", "QUOTA", "CREATED"],
        items.map((one) => [one.name, String(one.runningQuota), one.createdAt.slice(0, 10)]),
      );
    });
}
