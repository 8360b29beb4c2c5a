import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { connectHub, openCli } from "../open-cli.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { formatTable } from "../terminal/table.ts";
import { version } from "../version.ts";
import type { Finding } from "./check.ts";
import { checkHub, checkToken } from "./check-hub.ts";
import { checkClusters, checkProject } from "./check-work.ts";

/** Adds `seatrial doctor`: what is in order, what is not, and how to mend it. Exit code 3 when something is not. */
export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("say what is in order and what is not")
    .option("--project <name>", "the project to look at")
    .action(async (options: { project?: string }, command: Command) => {
      const { output, settings } = openCli(command);
      const read = await settings();
      const hub = connectHub(read);
      const findings = await checkHub(hub, read, version, Date.now);
      // Without a hub nothing more can be told.
      if (findings[0]?.isGood) {
        const token = await checkToken(hub);
        findings.push(token);
        if (token.isGood)
          findings.push(
            await checkProject(hub, options.project ?? read.project),
            ...(await checkClusters(hub)),
          );
      }
      const isHealthy = findings.every((finding) => finding.isGood);
      output.json({ healthy: isHealthy, findings });
      for (const line of formatTable(findings.map((finding) => lineOf(finding, output.paint))))
        output.print(line);
      if (!isHealthy) process.exitCode = exitCodes.unknown;
    });
}

function lineOf(finding: Finding, paint: (tone: "green" | "red", text: string) => string): string[] {
  const mark = finding.isGood ? paint("green", "✓") : paint("red", "✗");
  const fix = finding.fix ? ` → ${finding.fix}` : "";
  return [`${mark} ${finding.name}`, `${safeLine(finding.found, 300)}${fix}`];
}
