import { labCut, labKill, labStart } from "@seatrial/lab/lab-component.ts";
import { findRunners } from "./find-runners.ts";
import { pick, type Random } from "./seeded-random.ts";
import type { World } from "./world.ts";

export const faultKinds = [
  "runner",
  "engine",
  "provisioner",
  "worker",
  "hub",
  "temporal",
  "api server",
  "link",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** One fault: what dies, in which cluster where it is of one, and for how long it stays away. */
export type Fault = { kind: FaultKind; cluster: string; awaySeconds: number };

/** The next fault that the seed's numbers say. Most kill what does the work; a few take a whole part away. */
export function nextFault(random: Random, clusters: readonly string[]): Fault {
  const kinds: FaultKind[] = ["runner", "runner", "runner", "engine", "engine", "provisioner", "provisioner"];
  const kind = pick(random, [...kinds, "worker", "hub", "temporal", "api server", "link"] as const);
  return { kind, cluster: pick(random, clusters), awaySeconds: 1 + Math.floor(random() * 8) };
}

/**
 * Lets it happen and resolves when the part is back. Says what was hit, or that there was nothing to hit; `patient`
 * waits for an operation to hit.
 */
export async function strike(
  world: World,
  { kind, cluster, awaySeconds }: Fault,
  { patient = false } = {},
): Promise<string> {
  const away = () => new Promise((resolve) => setTimeout(resolve, awaySeconds * 1_000));
  switch (kind) {
    case "runner":
    case "engine": {
      const found = patient ? await awaitRunners(kind) : await findRunners(kind);
      for (const pid of found.slice(0, 1)) killQuietly(pid);
      return found.length === 0 ? `no ${kind} to kill` : `${kind} killed`;
    }
    case "provisioner": {
      const provisioner = world.provisioners.get(cluster);
      await provisioner?.kill();
      await away();
      provisioner?.start();
      return `provisioner of ${cluster} killed, away ${awaySeconds} s`;
    }
    case "worker":
    case "hub":
    case "temporal": {
      await world[kind].kill();
      await away();
      world[kind].start();
      return `${kind} killed, away ${awaySeconds} s`;
    }
    case "api server": {
      await labKill(cluster, "kube-apiserver");
      await away();
      await labStart(cluster, "kube-apiserver");
      return `API server of ${cluster} killed, away ${awaySeconds} s`;
    }
    case "link": {
      await labCut(cluster, awaySeconds);
      await away();
      return `link of ${cluster} cut for ${awaySeconds} s`;
    }
  }
}

/** Runners as soon as there is one; none after two minutes. */
async function awaitRunners(kind: "runner" | "engine"): Promise<number[]> {
  for (let tries = 0; tries < 2_400; tries += 1) {
    const found = await findRunners(kind);
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [];
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
