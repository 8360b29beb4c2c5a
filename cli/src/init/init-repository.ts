import { randomUUID } from "node:crypto";
import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  formatConfigurationError,
  parseConfiguration,
} from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { askChoices } from "./ask-choices.ts";
import { chooseDefaults } from "./choose-defaults.ts";
import { findAll } from "./find-all.ts";
import type { Choice } from "./found.ts";
import type { InitOptions } from "./register-init.ts";
import { sayFound, sayNext } from "./say-found.ts";
import { createTerminalQuestions } from "./terminal-questions.ts";
import { writeConfiguration } from "./write-configuration.ts";

/** Finds, asks on a terminal, and writes. Throws CliError (usage) when there is nothing to test, or a file already. */
export async function initRepository(options: InitOptions, command: Command): Promise<void> {
  const { output } = openCli(command);
  const file = resolve(options.file);
  if (!options.force && !options.dryRun && (await isThere(file)))
    throw new CliError(`${options.file} is there already; nothing was written`, {
      fix: "see what it would be with --dry-run, or replace it with --force",
      exitCode: exitCodes.usage,
    });
  const found = await findAll(dirname(file));
  sayFound(found, output);
  if (found.suites.length === 0 && found.environments.length === 0)
    throw new CliError("nothing was found that Seatrial could test; nothing was written", {
      fix: "it looks for tests (pytest, node, vitest, playwright, jest, go, maven, gradle, cargo), charts, kustomizations and manifests below this folder; docs/seatrial-yaml.md has examples to start from",
      exitCode: exitCodes.usage,
    });
  const isAsked = !options.yes && !output.isJson && output.isTerminal && process.stdin.isTTY;
  const choice = isAsked ? await askChoices(found, await createTerminalQuestions()) : chooseDefaults(found);
  if (choice === null) throw new CliError("stopped; nothing was written", { exitCode: exitCodes.cancelled });
  if (!isAsked)
    output.note(
      `  nothing is asked ${options.yes ? "(--yes)" : "without a terminal"}: the likeliest is taken`,
    );
  const text = checked(writeConfiguration(choice));
  if (!options.dryRun) await write(file, text, options.force ?? false);
  output.json({ file: options.file, written: !options.dryRun, found, chosen: namesOf(choice), text });
  if (options.dryRun) return output.isJson ? undefined : output.write(text);
  output.print(
    `${output.paint("green", "✓")} ${safeLine(options.file)} written: each line says what it does`,
  );
  sayNext(choice, options.file, output);
}

/** What is written can always be read: a file that cannot is a fault here, not in the repository. */
function checked(text: string): string {
  const { errors } = parseConfiguration(text);
  if (errors === undefined) return text;
  throw new CliError("what was found cannot be written as a valid seatrial.yaml; nothing was written", {
    lines: errors.map((error) => safeLine(formatConfigurationError(error, "seatrial.yaml"))),
    fix: "this is a fault of seatrial init: write the file by hand (docs/seatrial-yaml.md) and report it",
  });
}

function namesOf({ environment, port, suites, onPullRequests }: Choice) {
  return {
    environment: environment?.path ?? null,
    port,
    suites: suites.map(({ name }) => name),
    onPullRequests,
  };
}

async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => null)) !== null;
}

/** In one step and never through a link: another file may have the name at any moment. */
async function write(file: string, text: string, isForced: boolean): Promise<void> {
  if (!isForced) return writeFile(file, text, { flag: "wx" });
  const temporary = join(dirname(file), `.seatrial-init-${randomUUID()}.yaml`);
  await writeFile(temporary, text, { flag: "wx" });
  await rename(temporary, file).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}
