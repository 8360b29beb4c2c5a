import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { createTerminalQuestions } from "../init/terminal-questions.ts";
import { openCli } from "../open-cli.ts";
import type { Output } from "../terminal/output.ts";
import { describeLost } from "./describe-drain.ts";

/** A question for whoever sits at the terminal; null: it was left without an answer. */
type Ask = (message: string) => Promise<boolean | null>;

/** Adds `seatrial cluster revoke`. */
export function registerRevokeCluster(parent: Command): void {
  parent
    .command("revoke")
    .description("cut a cluster off at once, until it joins anew with a new token (needs an admin token)")
    .argument("<name>", "the cluster")
    .option("--yes", "do not ask; needed where there is no terminal")
    .action(async (name: string, options: { yes?: boolean }, command: Command) => {
      const { output, connect } = openCli(command);
      const hub = await connect();
      const before = await hub.getCluster(name);
      if (before.state !== "revoked") {
        for (const line of describeRevocation(before)) output.note(line);
        if (!options.yes) await confirmRevocation(name, questionOf(output));
      }
      const cluster = await hub.revokeCluster(name);
      output.json(cluster);
      output.print(`${output.paint("green", "✓")} ${name} is ${cluster.state}`);
      output.print(`  it comes back with a new join token: seatrial cluster join ${name}`);
    });
}

/** What revoking a cluster does, in lines. */
function describeRevocation({ name, running }: Cluster): string[] {
  const lost = running === 0 ? "no shard runs there" : `${describeLost(running)}; pods there are not stopped`;
  return [
    `revoking ${name} refuses its agent and its provisioner from their next request on`,
    `  ${lost}`,
    "  environments there stay as they are: nothing is done to them until it is back",
    "  to let what runs end first, or go elsewhere without a retry: seatrial cluster drain",
  ];
}

/** Throws CliError: `usage` where nobody can be asked, `cancelled` unless the answer is yes. */
export async function confirmRevocation(name: string, ask: Ask | null): Promise<void> {
  if (ask === null)
    throw new CliError(`nobody can be asked whether to revoke ${name}; nothing was changed`, {
      fix: `if that is what you want: seatrial cluster revoke ${name} --yes`,
      exitCode: exitCodes.usage,
    });
  if ((await ask(`Revoke ${name}?`)) !== true)
    throw new CliError("stopped; nothing was changed", { exitCode: exitCodes.cancelled });
}

/** Null without a terminal, and for programs. */
function questionOf({ isJson, isTerminal }: Output): Ask | null {
  if (isJson || !isTerminal || !process.stdin.isTTY) return null;
  return async (message) => (await createTerminalQuestions()).confirm({ message, initialValue: false });
}
