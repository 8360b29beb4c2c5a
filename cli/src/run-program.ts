import { type Command, CommanderError } from "commander";
import { readConfig } from "./config.ts";
import { exitCodes } from "./exit-codes.ts";
import { reportError } from "./report-error.ts";
import { createOutput } from "./terminal/output.ts";

/** Runs one command line and returns the exit code. Says every error itself and never throws. */
export async function runProgram(program: Command, words: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(words, { from: "user" });
    return Number(process.exitCode ?? exitCodes.passed);
  } catch (error) {
    // Help and version also end this way; commander has already said everything.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.passed : exitCodes.usage;
    const isJson = program.opts<{ output?: string }>().output === "json";
    return reportError(error, createOutput(process, { isJson, noColor: readConfig().noColor }));
  }
}
