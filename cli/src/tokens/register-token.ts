import { parseDurationSeconds } from "@seatrial/contracts/configuration/quantities.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { openCli } from "../open-cli.ts";

const scopes = ["read", "run", "manage"] as const;
type TokenOptions = { scope: (typeof scopes)[number][]; expires?: number };

/** Adds `seatrial token …`. */
export function registerToken(program: Command): void {
  const token = program.command("token").description("tokens of a project");
  token
    .command("create")
    .description("make a token; it is shown once")
    .argument("<name>", "what it is for, as in ci")
    .addOption(
      new Option("--scope <scope...>", "what it may do; run and manage include reading")
        .choices(scopes)
        .default(["read", "run"]),
    )
    .option("--expires <time>", "when it ends, as in 12h or 90d; 90d without", readLifetime)
    .option("--project <name>", "the project it is for")
    .action(async (name: string, options: TokenOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { hub, name: project } = await connectProject();
      const asked = { name, scopes: withRead(options.scope) };
      const created = await hub.createToken(project, {
        ...asked,
        ...(options.expires ? { expiresInSeconds: options.expires } : {}),
      });
      output.json(created);
      output.print(created.secret);
      if (!output.isJson)
        output.note(
          `token ${created.name} of ${project}: ${created.scopes.join(", ")}, until ${created.expiresAt}`,
        );
    });
}

function withRead(chosen: TokenOptions["scope"]): TokenOptions["scope"] {
  return [...new Set(["read" as const, ...chosen])];
}

function readLifetime(text: string): number {
  const days = /^(\d{1,3})d$/.exec(text)?.[1];
  const seconds = days === undefined ? parseDurationSeconds(text) : Number(days) * 86_400;
  if (seconds !== null && seconds >= 1) return seconds;
  throw new InvalidArgumentError("write a length of time, as in 12h or 90d");
}
