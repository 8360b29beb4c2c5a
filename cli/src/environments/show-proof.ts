import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { findEnvironmentId } from "./find-environment-id.ts";

const shownAtMost = 50;

/** Adds `seatrial env proof`: exit code 0 only for a complete one. */
export function registerShowProof(env: Command): void {
  env
    .command("proof")
    .description("what its removal found at the end: each object seen gone, left, or not to be read")
    .argument("<environment>", "its id, the start of it, or its name")
    .option("--all", "list every object, those seen gone too")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, options: { all?: boolean }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const proof = await project.getProof(await findEnvironmentId(project, given, { gone: true }));
      output.json(proof);
      printProof(proof, options.all === true, output);
      process.exitCode = proof.complete ? exitCodes.passed : exitCodes.unknown;
    });
}

function printProof(proof: Proof, all: boolean, output: Output): void {
  output.print(proofLine(proof, output));
  output.print(
    `  namespace ${proof.namespace} · ${safeLine(proof.cluster, 40)} · ${proof.listed} types listed · ${proof.madeAt}`,
  );
  const shown = proof.objects.filter((object) => all || object.state !== "gone");
  for (const object of all ? shown : shown.slice(0, shownAtMost)) {
    const place = object.namespace === null ? "" : `${object.namespace}/`;
    output.print(
      `  ${object.state.padEnd(9)} ${safeLine(object.kind, 63)} ${safeLine(`${place}${object.name}`, 320)}  ${output.paint("dim", safeLine(object.why, 300))}`,
    );
  }
  if (!all && shown.length > shownAtMost) output.print(`  and ${shown.length - shownAtMost} more: --all`);
  for (const { type, why } of proof.unlisted.slice(0, shownAtMost))
    output.print(`  unchecked type ${safeLine(type)}  ${output.paint("dim", safeLine(why, 300))}`);
}

/** `✓ removed: 27 objects seen gone, 0 left`. */
export function proofLine({ complete, counts }: Proof, output: Output): string {
  const unchecked = counts.unchecked === 0 ? "" : `, ${counts.unchecked} unchecked`;
  const mark = complete ? output.paint("green", "✓") : output.paint("red", "✗");
  return `${mark} ${complete ? "removed" : "not proved gone"}: ${counts.gone} objects seen gone, ${counts.left} left${unchecked}`;
}
