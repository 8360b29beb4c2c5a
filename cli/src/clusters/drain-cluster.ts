import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { Cluster } from "@seatrial/contracts/clusters/cluster.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { type Command, Option } from "commander";
import { untilAnswered } from "../connection/until-answered.ts";
import { readDuration } from "../environments/change-environment.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { createConnectionNotice } from "../runs/connection-notice.ts";
import type { Output } from "../terminal/output.ts";
import { describeLeft, describeUndrained, isEmpty } from "./describe-drain.ts";

const lookEveryMilliseconds = 1_000;
type DrainOptions = { within: number; reason?: string; deleteEnvironments?: boolean; wait: boolean };

/** Adds `seatrial cluster cordon`, `uncordon` and `drain`. */
export function registerClusterDuty(parent: Command): void {
  parent
    .command("cordon")
    .description("place nothing new in a cluster; what runs goes on (needs an admin token)")
    .argument("<name>", "the cluster")
    .option("--reason <text>", "why, for people")
    .action(async (name: string, options: { reason?: string }, command: Command) => {
      const { output, connect } = openCli(command);
      const cluster = await (await connect()).cordonCluster(name, { reason: options.reason ?? null });
      output.json(cluster);
      output.print(`${output.paint("green", "✓")} ${name} is ${cluster.state}: nothing new is placed there`);
    });
  parent
    .command("uncordon")
    .description("take a cluster into service again, and end its drain (needs an admin token)")
    .argument("<name>", "the cluster")
    .action(async (name: string, _options: unknown, command: Command) => {
      const { output, connect } = openCli(command);
      const cluster = await (await connect()).uncordonCluster(name);
      output.json(cluster);
      output.print(`${output.paint("green", "✓")} ${name} is ${cluster.state}`);
    });
  parent
    .command("drain")
    .description(
      "empty a cluster: what still runs when the time is over goes to others (needs an admin token)",
    )
    .argument("<name>", "the cluster")
    .addOption(
      new Option("--within <duration>", "how long shards may end by themselves")
        .argParser(readDuration)
        .default(600, "10m"),
    )
    .option("--reason <text>", "why, for people")
    .option("--delete-environments", "also delete the environments there that no run takes with it")
    .option("--no-wait", "do not wait until it is empty")
    .action(async (name: string, options: DrainOptions, command: Command) => {
      const { output, connect } = openCli(command);
      const hub = await connect();
      const begun = await hub.drainCluster(name, {
        withinSeconds: options.within,
        reason: options.reason ?? null,
        deleteEnvironments: options.deleteEnvironments ?? false,
      });
      const end = options.wait ? await waitUntilEmpty(hub, begun, output) : begun;
      output.json(end);
      if (isEmpty(end)) output.print(`${output.paint("green", "✓")} ${name} is empty`);
      else output.print(`${name} ${describeUndrained(end)}`);
      process.exitCode = isEmpty(end) || !options.wait ? exitCodes.passed : exitCodes.unknown;
    });
}

/**
 * Shows what is left whenever that changes. Ends early when somebody takes the cluster into service again or revokes it,
 * not when the hub is away.
 */
async function waitUntilEmpty(hub: HubClient, begun: Cluster, output: Output): Promise<Cluster> {
  let cluster = begun;
  let shown = "";
  const notice = createConnectionNotice(output, undefined, "the drain");
  while (cluster.drain !== null && cluster.state !== "revoked" && !isEmpty(cluster)) {
    const left = describeLeft(cluster);
    if (left !== shown) output.note(left);
    shown = left;
    await sleep(lookEveryMilliseconds);
    cluster = (await untilAnswered(() => hub.getCluster(begun.name), notice)) ?? cluster;
  }
  return cluster;
}
