import { createHubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { createHubFetch } from "../connection/hub-fetch.ts";
import { checkHubUrl, readCa } from "../connection/settings.ts";
import { writeStoredLogin } from "../connection/stored-login.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";

type LoginOptions = { token?: string; ca?: string; project?: string };

/** Adds `seatrial login`: checks hub, CA and token, then stores them for this user. */
export function registerLogin(program: Command): void {
  program
    .command("login")
    .description("say which hub, and as whom; it is stored for later commands")
    .argument("<hub>", "its address, as in https://hub.example.com")
    .option("--token <token>", "the token; better by SEATRIAL_TOKEN, or typed when asked")
    .option("--ca <file>", "the hub's CA in PEM, when the system does not know it")
    .option("--project <name>", "the project that commands mean when they name none")
    .action(login);
}

async function login(address: string, options: LoginOptions, command: Command): Promise<void> {
  const { config, output } = openCli(command);
  const hubUrl = checkHubUrl(address);
  const caFile = options.ca ?? config.caFile;
  const ca = caFile === null ? null : await readCa(caFile);
  const token = options.token ?? config.token ?? (await askForToken(hubUrl));
  const hub = createHubClient({ hubUrl, token, fetch: createHubFetch(ca) });
  const { version } = await hub.health();
  const me = await hub.whoAmI();
  const project = options.project ?? me.project;
  if (project !== null) await hub.project(project).get();
  await writeStoredLogin(config.loginFile, { hubUrl, token, ca, project });
  output.json({ hubUrl, version, project, scopes: me.scopes, file: config.loginFile });
  const scopes = me.scopes.join(", ");
  output.print(`${output.paint("green", "✓")} ${hubUrl} (${version}) as ${me.actor.name}: ${scopes}`);
  output.print(`  ${project === null ? "no project chosen: commands take --project" : `project ${project}`}`);
  output.print(`  stored in ${config.loginFile}`);
}

async function askForToken(hubUrl: string): Promise<string> {
  if (process.stdin.isTTY && process.stderr.isTTY) {
    const { isCancel, password } = await import("@clack/prompts");
    const typed = await password({ message: `Token for ${hubUrl}` });
    if (!isCancel(typed) && typed) return typed;
  }
  throw new CliError("no token was given", {
    fix: "give it with --token, or in the variable SEATRIAL_TOKEN",
    exitCode: exitCodes.usage,
  });
}
