import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { findRunId } from "../runs/find-run-id.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** Adds `seatrial artifacts list`. */
export function registerListArtifacts(artifacts: Command): void {
  artifacts
    .command("list")
    .description("the files")
    .argument("<run>", "its id, the start of it, or last")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, _options: unknown, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      const items = await Array.fromAsync(readPages((page) => project.listArtifacts(runId, page)));
      output.json({ items });
      if (items.length === 0) return output.print("this run kept no files");
      const rows = items.map((one) => [
        one.id,
        one.kind,
        `${safeLine(one.suite, 40)} ${one.shardIndex + 1}`,
        String(one.bytes),
        safeLine(one.path),
      ]);
      output.table(["ID", "KIND", "SHARD", "BYTES", "PATH"], rows);
    });
}
