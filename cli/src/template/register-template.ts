import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedEnvironment } from "@seatrial/contracts/configuration/resolve-environment.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { chooseEnvironment } from "../environments/choose-environment.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Cli, openCli } from "../open-cli.ts";
import { readConfiguration } from "../runs/read-suites.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { printJson, printYaml } from "./print-objects.ts";
import { type OfflineRender, renderOffline } from "./render-offline.ts";

type TemplateOptions = { file: string; kubeVersion: string; allow: string[]; out?: "yaml" | "json" };

/** Adds `seatrial template render|check`: an environment of seatrial.yaml without hub and cluster. */
export function registerTemplate(program: Command): void {
  const template = program
    .command("template")
    .description("see offline what an environment of seatrial.yaml would be");
  shared(template, "render", "print exactly what would be applied, guardrails included")
    .addOption(new Option("--out <format>", "how to print the objects").choices(["yaml", "json"]))
    .action(async (name: string | undefined, options: TemplateOptions, command: Command) => {
      const cli = openCli(command);
      const rendered = await render(name, options);
      if (options.out === "json") cli.output.write(printJson(rendered.objects));
      else if (cli.output.isJson) cli.output.json(rendered);
      else cli.output.write(printYaml(rendered.objects));
      for (const line of rendered.leftOut)
        cli.output.note(`left out (a test of its chart): ${safeLine(line)}`);
      conclude(rendered, cli, cli.output.note);
    });
  shared(template, "check", "say what would be refused and why (exit code 1)").action(
    async (name: string | undefined, options: TemplateOptions, command: Command) => {
      const cli = openCli(command);
      const rendered = await render(name, options);
      cli.output.json(rendered);
      for (const line of rendered.leftOut)
        cli.output.print(`- left out (a test of its chart): ${safeLine(line)}`);
      conclude(rendered, cli, cli.output.print);
    },
  );
}

function shared(template: Command, verb: string, description: string): Command {
  return template
    .command(verb)
    .description(description)
    .argument("[environment]", "its name in seatrial.yaml; the only one without")
    .option("--file <file>", "where it is written", "seatrial.yaml")
    .option("--kube-version <version>", "what charts see as the cluster's version", readVersion, "v1.36.3")
    .option("--allow <kinds...>", "cluster-scoped kinds that the cluster allows, as <group>/<Kind>", []);
}

async function render(name: string | undefined, options: TemplateOptions): Promise<OfflineRender> {
  const environment = choose(await readConfiguration(options.file), name);
  return renderOffline(environment, {
    file: options.file,
    kubeVersion: options.kubeVersion,
    clusterKinds: options.allow,
  });
}

function choose(configuration: ResolvedConfiguration, name: string | undefined): ResolvedEnvironment {
  const [only, ...others] = configuration.environments;
  if (name !== undefined || !only) return chooseEnvironment(configuration, name ?? "");
  if (others.length === 0) return only;
  throw new CliError("there are several environments", {
    fix: `say which one: ${configuration.environments.map((environment) => environment.name).join(", ")}`,
    exitCode: exitCodes.usage,
  });
}

function conclude(rendered: OfflineRender, { output }: Cli, say: (line: string) => void): void {
  for (const note of rendered.notes) say(`- ${safeLine(note, 1_000)}`);
  for (const { message } of rendered.refused) say(`${output.paint("red", "✗")} ${safeLine(message, 1_000)}`);
  if (rendered.refused.length > 0) {
    process.exitCode = exitCodes.failed;
    const count = rendered.refused.length === 1 ? "one thing" : `${rendered.refused.length} things`;
    say(`${rendered.environment}: ${count} would be refused`);
    return;
  }
  const guards = rendered.objects.filter(({ component }) => component === "guardrails").length;
  const objects = rendered.objects.length - guards;
  say(
    `${output.paint("green", "✓")} ${rendered.environment}: ${objects} objects and ${guards} guardrails would be applied`,
  );
}

function readVersion(text: string): string {
  if (/^v?\d+\.\d+(\.\d+)?$/.test(text)) return text.startsWith("v") ? text : `v${text}`;
  throw new InvalidArgumentError("write a version such as v1.34.0");
}
