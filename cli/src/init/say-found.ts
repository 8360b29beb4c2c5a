import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import type { Choice, Found } from "./found.ts";
import { environmentName } from "./line.ts";

/** What was found, one line each. */
export function sayFound({ environments, suites, notes }: Found, output: Output): void {
  for (const { kind, path, ports } of environments) {
    const named = ports.length === 0 ? "" : `  port ${ports.map(({ port }) => port).join(", ")}`;
    output.note(`found ${kind.padEnd(9)} ${safeLine(path)}${named}`);
  }
  for (const { name, tool, image, because } of suites)
    output.note(
      `found ${(tool ?? image ?? "").split("/").at(-1)?.padEnd(9)} ${name}  (${safeLine(because)})`,
    );
  for (const note of notes) output.note(`  ${safeLine(note)}`);
}

/** What to do with the file that was written. */
export function sayNext({ environment, onPullRequests }: Choice, file: string, output: Output): void {
  const other = file === "seatrial.yaml" ? "" : ` --file ${safeLine(file)}`;
  const brings = environment === null || onPullRequests ? "" : ` --environment ${environmentName}`;
  output.print("Next:");
  if (environment !== null) output.print(`  seatrial template check${other}`);
  output.print(`  seatrial run${onPullRequests ? " --run pull-request" : ""}${brings}${other} --watch`);
  if (onPullRequests) output.print("  docs/github.md: let GitHub's pull requests start it");
}
