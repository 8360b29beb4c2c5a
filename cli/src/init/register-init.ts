import type { Command } from "commander";
import { initRepository } from "./init-repository.ts";

export type InitOptions = { yes?: boolean; force?: boolean; dryRun?: boolean; file: string };

/** Adds `seatrial init`: writes a seatrial.yaml for the repository in this folder from what it finds. Needs no hub. */
export function registerInit(program: Command): void {
  program
    .command("init")
    .description("write a seatrial.yaml for the repository in this folder, from what is in it")
    .option("--yes", "ask nothing: take what is likeliest")
    .option("--force", "replace a file that is there")
    .option("--dry-run", "print the file and write nothing")
    .option("--file <file>", "where it is written", "seatrial.yaml")
    .action(initRepository);
}
