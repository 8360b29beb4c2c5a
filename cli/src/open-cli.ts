import { createHubClient, type HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import { type CliConfig, readConfig } from "./config.ts";
import { createHubFetch } from "./connection/hub-fetch.ts";
import { type HubSettings, readSettings } from "./connection/settings.ts";
import { exitCodes } from "./exit-codes.ts";
import { createOutput, type Output } from "./terminal/output.ts";

/** What a command works with. Reading the login and connecting happen only when asked for. */
export type Cli = {
  config: CliConfig;
  output: Output;
  settings: () => Promise<HubSettings>;
  /** A client of the hub. Throws CliError when nobody logged in. */
  connect: () => Promise<HubClient>;
  /** A client of the project: `--project`, SEATRIAL_PROJECT, the login's, or the only one the token may see. */
  connectProject: () => Promise<{ name: string; hub: HubClient; project: ProjectClient }>;
};

type GlobalOptions = { output?: string; project?: string };

/** The surroundings of the command that is running now. */
export function openCli(command: Command): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  const config = readConfig();
  const output = createOutput(process, { isJson: options.output === "json", noColor: config.noColor });
  const settings = () => readSettings(config);
  const connect = async () => connectHub(await settings());
  return {
    config,
    output,
    settings,
    connect,
    async connectProject() {
      const read = await settings();
      const hub = connectHub(read);
      const name = options.project ?? read.project ?? (await findOwnProject(hub));
      return { name, hub, project: hub.project(name) };
    },
  };
}

/** A client with these settings. Throws CliError (no access) when the address or the token is missing. */
export function connectHub(settings: HubSettings): HubClient {
  if (settings.hubUrl === null || settings.token === null)
    throw new CliError(
      settings.hubUrl === null ? "no hub is known" : `no token is known for ${settings.hubUrl}`,
      {
        fix: "log in with: seatrial login <hub> --token … (or set SEATRIAL_HUB and SEATRIAL_TOKEN; for a try: seatrial dev)",
        exitCode: exitCodes.noAccess,
      },
    );
  return createHubClient({
    hubUrl: settings.hubUrl,
    token: settings.token,
    fetch: createHubFetch(settings.ca),
  });
}

/** A project token names its project; any other may have only one to choose from. */
export async function findOwnProject(hub: HubClient): Promise<string> {
  const { project } = await hub.whoAmI();
  if (project !== null) return project;
  const { items } = await hub.listProjects({ limit: 2 });
  const [only] = items;
  if (only && items.length === 1) return only.name;
  throw new CliError(only ? "this token may see several projects" : "there is no project yet", {
    fix: only
      ? "say which one: --project <name>, or set SEATRIAL_PROJECT"
      : "make one: seatrial project create <name>",
    exitCode: exitCodes.usage,
  });
}
