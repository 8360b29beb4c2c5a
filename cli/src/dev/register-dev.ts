import { suiteTools } from "@seatrial/contracts/suites/suite-spec.ts";
import { type Command, InvalidArgumentError } from "commander";
import { openCli } from "../open-cli.ts";

export type DevOptions = {
  port: number;
  host?: string[];
  folder: string;
  image?: Record<string, string>;
};

/** Adds `seatrial dev`: hub and worker in this process, for a laptop, CI and the first five minutes. */
export function registerDev(program: Command): void {
  program
    .command("dev")
    .description("hub and worker in one process, with data in .seatrial/dev")
    .option("--port <number>", "where the hub listens", readPort, 7070)
    .option("--host <name...>", "more names or addresses of this machine, by which clusters reach it")
    .option("--folder <folder>", "where data, tokens and TLS files are kept", ".seatrial/dev")
    .option(
      "--image <tool=image...>",
      "the image of a tool preset, as in pytest=registry/pytest:1",
      collectImage,
    )
    .action(async (options: DevOptions, command: Command) => {
      // Loaded here: no other command needs the hub, and it is large.
      const { runDev } = await import("./run-dev.ts");
      await runDev(openCli(command), options);
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("write a port from 1 to 65535");
}

function collectImage(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const [, tool, image] = /^([a-z]+)=(\S+)$/.exec(text) ?? [];
  if (tool !== undefined && image !== undefined && suiteTools.some((known) => known === tool))
    return { ...before, [tool]: image };
  throw new InvalidArgumentError(`write tool=image with one of ${suiteTools.join(", ")}`);
}
