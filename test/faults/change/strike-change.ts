import { runCommand } from "@seatrial/lab/base/run-command.ts";
import { labCut, labKill, labStart } from "@seatrial/lab/lab-component.ts";
import { bridgeAddress } from "@seatrial/lab/state/cluster-plan.ts";
import { faketimeLibrary } from "../config.ts";
import { insideNetwork } from "../join-members.ts";
import type { ManagedProcess } from "../managed-process.ts";
import type { World } from "../world.ts";
import type { ChangePlan } from "./plan-change.ts";

const components = { "api server": "kube-apiserver", kubelet: "kubelet", containerd: "containerd" } as const;

/** What puts everything back that a fault left, after its repetition. */
export type Aftermath = () => Promise<void>;

/** Lets the planned fault happen and resolves when the part is back. */
export async function strikeChange(world: World, plan: ChangePlan): Promise<Aftermath> {
  const { kind, target, awaySeconds } = plan;
  const away = () => new Promise<void>((resolve) => setTimeout(resolve, awaySeconds * 1_000));
  switch (kind) {
    case "agent":
    case "provisioner":
      await killAndStart(memberOf(world, kind, target), away);
      break;
    case "worker":
    case "hub":
    case "temporal":
      await killAndStart(world[kind], away);
      break;
    case "hub 2 min":
      await killAndStart(world.hub, away);
      break;
    case "api server":
    case "kubelet":
    case "containerd":
      await labKill(target, components[kind]);
      await away();
      await labStart(target, components[kind]);
      break;
    case "link 5 s":
    case "link 45 s":
    case "link 3 min":
      await labCut(target, awaySeconds);
      await away();
      break;
    case "spool full":
      await fillSpool(world, target, awaySeconds, away);
      break;
    case "clock":
      return turnClock(world, plan, away);
    case "postgres":
      await world.postgres.crash();
      await away();
      await world.postgres.restart();
      break;
  }
  return async () => undefined;
}

function memberOf(world: World, role: "agent" | "provisioner", cluster: string): ManagedProcess {
  const member = world[`${role}s`].get(cluster);
  if (!member) throw new Error(`cluster ${cluster} has no ${role}`);
  return member;
}

async function killAndStart(process: ManagedProcess, away: () => Promise<void>): Promise<void> {
  await process.kill();
  await away();
  process.start();
}

async function fillSpool(world: World, cluster: string, seconds: number, away: () => Promise<void>) {
  const spool = world.spools.get(cluster);
  await spool?.fill();
  try {
    await labCut(cluster, seconds);
    await breakConnections(cluster);
    await away();
  } finally {
    await spool?.free();
  }
}

/**
 * Ends what is connected from a cluster to the hub. A link that is down tells nobody: a request on a kept connection
 * waits for its answer until the link is back, and nothing comes to the disk. A new connection fails after 3 s.
 */
async function breakConnections(cluster: string): Promise<void> {
  const [command = "", ...inside] = await insideNetwork(cluster);
  await runCommand(command, [...inside, "ss", "--tcp", "--kill", "dst", bridgeAddress]);
}

/** A new life of the agent whose clock is ten minutes off, by a library that is loaded before it; then one without. */
async function turnClock(world: World, plan: ChangePlan, away: () => Promise<void>): Promise<Aftermath> {
  const agent = memberOf(world, "agent", plan.target);
  await agent.kill();
  agent.start({
    LD_PRELOAD: await faketimeLibrary(),
    FAKETIME: `${plan.sign}600s`,
    // Only the time of day is wrong: no machine's own seconds jump.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });
  await away();
  return async () => {
    await agent.kill();
    agent.start();
  };
}
