import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { type ListedTool, listTools } from "@seatrial/toolchain/list-tools.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import { toolNames } from "@seatrial/toolchain/tool-specs.ts";
import { type Command, Option } from "commander";

type ToolsOptions = { output?: "table" | "json"; install?: boolean };

/** Adds `seatrial tools`: every tool with its version, where it comes from and its path. Exits 0 when it could tell. */
export function registerTools(program: Command): void {
  program
    .command("tools")
    .description("list the tools Seatrial uses: version, where each comes from, path")
    .addOption(
      new Option("-o, --output <format>", "how to print").choices(["table", "json"]).default("table"),
    )
    .option("--install", "download or build what is absent first (the first time takes minutes)")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ToolsOptions>();
      if (options.install) await findTools(toolNames, { report: createStepPrinter(writeProgress) });
      const tools = await listTools();
      process.stdout.write(
        options.output === "json" ? `${JSON.stringify(tools, null, 2)}\n` : formatTable(tools),
      );
    });
}

function writeProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A table with aligned columns; why a tool is not where it could be follows in brackets. */
export function formatTable(tools: readonly ListedTool[]): string {
  const rows = tools.map((tool) => [tool.name, tool.version, describeSource(tool), tool.path]);
  const table = [["TOOL", "VERSION", "SOURCE", "PATH"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  const notes = tools.flatMap((tool) => tool.notes.map((note) => `  ${tool.name}: ${note}`));
  return `${[...lines.map((line) => line.trimEnd()), ...notes].join("\n")}\n`;
}

function describeSource(tool: ListedTool): string {
  if (tool.state === "present") return tool.source;
  return tool.state === "unusable" ? `${tool.source} (unusable)` : `to ${tool.source}`;
}
