import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createHubClient, type HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { defaultHubConfig, readWebhookSecrets } from "@seatrial/hub/config.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import { readForgeConfig } from "@seatrial/workflows/config.ts";
import { CliError } from "../cli-error.ts";
import { createHubFetch } from "../connection/hub-fetch.ts";
import { readStoredLogin, writeStoredLogin } from "../connection/stored-login.ts";
import type { Cli } from "../open-cli.ts";
import { elapsed } from "../terminal/elapsed.ts";
import { takeDevFolder } from "./dev-folder.ts";
import type { DevOptions } from "./register-dev.ts";
import { type LocalHub, startLocalHub } from "./start-local-hub.ts";

const project = "default";

/** Runs hub and worker until Ctrl-C or SIGTERM. Throws CliError when the folder or the port is taken. */
export async function runDev(cli: Cli, options: DevOptions): Promise<void> {
  const { output } = cli;
  const folder = resolve(options.folder);
  const taken = await takeDevFolder(folder);
  try {
    const ended = untilInterrupted();
    const local = await startLocalHub({
      folder,
      port: options.port,
      hosts: options.host ?? [],
      adminToken: taken.adminToken,
      forge: readVariables(() => readForgeConfig()),
      overrides: {
        images: { ...defaultHubConfig().images, ...options.image },
        githubWebhookSecrets: readVariables(() => readWebhookSecrets((path) => readFileSync(path, "utf8"))),
      },
      report: createStepPrinter(output.note),
    }).catch((error: unknown) => {
      throw explain(error, options.port);
    });
    const hubUrl = `https://localhost:${options.port}`;
    const hub = createHubClient({ hubUrl, token: taken.adminToken, fetch: createHubFetch(local.caPem) });
    await ensureProject(hub);
    const login = { hubUrl, token: taken.adminToken, ca: local.caPem, project };
    const isLoggedIn = await logIn(cli.config.loginFile, login);
    const caFile = join(folder, "tls/ca.crt");
    output.json({
      hubUrl,
      publicUrl: local.url,
      caFile,
      tokenFile: taken.tokenFile,
      project,
      timings: local.timings,
    });
    sayReady(cli, local, hubUrl, options);
    if (isLoggedIn) output.print(`${output.paint("green", "✓")} logged in, project ${project}`);
    else
      output.print(
        `  you are logged in elsewhere; for this hub:\n  ${loginCommand(hubUrl, caFile, taken.tokenFile)}`,
      );
    output.print("  Ctrl-C stops it; the data stays");
    await ended;
    await local.stop();
  } finally {
    await taken.release();
  }
}

function sayReady(cli: Cli, local: LocalHub, hubUrl: string, options: DevOptions): void {
  const { output } = cli;
  const mark = output.paint("green", "✓");
  output.print(
    `${mark} database  ${relative(process.cwd(), resolve(options.folder)) || "."}  ${elapsed(local.timings.databaseMs)}`,
  );
  output.print(`${mark} hub       ${hubUrl}  ${elapsed(local.timings.readyMs)}`);
  output.print(`${mark} temporal  ${local.temporal.address}  ${elapsed(local.timings.temporalMs)}`);
  output.print(`${mark} worker    ${elapsed(local.timings.workerMs)}`);
  const address = options.host?.[0] ?? "<an address pods reach>";
  output.print(`  seatrial cluster join <name> --hub-url https://${address}:${options.port}`);
  if (!options.host)
    output.print("  (start it with --host <that address>, so that the certificate names it)");
}

async function ensureProject(hub: HubClient): Promise<void> {
  await hub.createProject({ name: project }).catch((error: unknown) => {
    if (!(error instanceof SeatrialError && error.code === "conflict")) throw error;
  });
}

/** Stores the login unless that would replace one for another hub. */
async function logIn(file: string, login: Parameters<typeof writeStoredLogin>[1]): Promise<boolean> {
  const stored = await readStoredLogin(file);
  if (stored !== null && stored.hubUrl !== login.hubUrl) return false;
  await writeStoredLogin(file, login);
  return true;
}

function loginCommand(hubUrl: string, caFile: string, tokenFile: string): string {
  return `SEATRIAL_TOKEN=$(cat ${tokenFile}) seatrial login ${hubUrl} --ca ${caFile} --project ${project}`;
}

function readVariables<Values>(read: () => Values): Values {
  try {
    return read();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new CliError(problem, { fix: "correct or unset these variables", cause: error });
  }
}

function explain(error: unknown, port: number): unknown {
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
    return new CliError(`port ${port} is in use`, { fix: "choose another one: --port 7171", cause: error });
  return error;
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function untilInterrupted(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        process.once(signal, () => process.exit(3));
        done();
      });
  });
}
