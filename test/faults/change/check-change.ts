import type { Shard } from "@seatrial/contracts/runs/run.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { podsEverMade } from "../../support/lab-audit.ts";
import { createKubectl } from "../../support/lab-pods.ts";
import { allResults } from "../../support/lab-stack.ts";
import { findInterleaved, readWrites } from "../check-writers.ts";
import { findLeaks } from "../find-leaks.ts";
import { workNamespace } from "../join-members.ts";
import { persist } from "../persist.ts";
import type { World } from "../world.ts";
import { type ChangeState, describeChange, expectedCases } from "./change-run.ts";
import { type Ending, rightEndings, startsNothingTwice } from "./kinds.ts";
import type { ChangePlan } from "./plan-change.ts";

/** The agent looks for pods that nobody owns twice a minute; a cluster that was away gets there after its return. */
const tidySeconds = 150;

/** How a run ended, in the words of `kinds.ts`. */
export function endingOf({ run }: ChangeState): Ending | string {
  if (run.state === "errored" && run.reason?.includes("environment unreachable"))
    return "environment unreachable";
  return run.state;
}

/** Everything that must hold after a run, whatever was done to it; each line says what does not. */
export async function checkChange(world: World, plan: ChangePlan, state: ChangeState): Promise<string[]> {
  const found: string[] = [];
  const told = plan.redShard === null ? "passed" : "failed";
  const right = rightEndings(plan.kind, plan.target === plan.home, told);
  const ending = endingOf(state);
  if (!right.some((one) => one === ending))
    found.push(`the verdict is ${ending}, not ${right.join(" or ")}: ${describeChange(state)}`);
  const untold = right.includes("environment unreachable") ? unreachableShards(state) : [];
  found.push(...(await checkResults(world, plan, state, untold)));
  found.push(...checkAttempts(plan, state));
  found.push(...(await checkEnvironment(world, state)));
  for (const cluster of world.clusters)
    for (const line of await checkCluster(cluster, state)) found.push(`${cluster}: ${line}`);
  found.push(...(await checkPods(world, state)));
  return found;
}

/** Shards of which the hub could not tell: the environment's cluster was away for longer than their tests wait. */
function unreachableShards({ shards }: ChangeState): Shard[] {
  return shards.filter(
    ({ state, reason }) => state === "errored" && reason?.includes("environment unreachable"),
  );
}

/** Every case once and with its outcome; but for those of `untold` shards, which are errored or not there. */
async function checkResults(
  { project }: World,
  { redShard }: ChangePlan,
  { run }: ChangeState,
  untold: readonly Shard[],
): Promise<string[]> {
  const found: string[] = [];
  const expected = expectedCases(redShard);
  const results = await persist(() => allResults(project, run.id));
  const seen = new Set<string>();
  const isUntold = (name: string) => untold.some(({ index }) => name.startsWith(`shard-${index} `));
  for (const { case: name, outcome } of results) {
    if (seen.has(name)) found.push(`case ${name} is counted twice`);
    seen.add(name);
    if (!expected.has(name)) found.push(`case ${name} is none of the suite's`);
    else if (expected.get(name) !== outcome && !(isUntold(name) && outcome === "errored"))
      found.push(`case ${name} is ${outcome}, not ${expected.get(name)}`);
  }
  const missing = [...expected.keys()].filter((name) => !seen.has(name) && !isUntold(name));
  if (missing.length > 0) found.push(`cases without a result: ${missing.join(", ")}`);
  const { passed, failed, errored, skipped } = run.counts;
  const sum = passed + failed + errored + skipped;
  if (sum !== seen.size) found.push(`${sum} cases are counted, and there are ${seen.size}`);
  return found;
}

/** At most one attempt of a shard is accepted, and it is the last one; after some kinds it is the only one. */
function checkAttempts({ kind }: ChangePlan, { shards }: ChangeState): string[] {
  const found: string[] = [];
  for (const { index, attempts } of shards) {
    const accepted = attempts.filter(({ state }) => state === "passed" || state === "failed");
    if (accepted.length > 1) found.push(`shard ${index} has ${accepted.length} accepted attempts`);
    if (startsNothingTwice.has(kind) && attempts.length !== 1)
      found.push(`shard ${index} has ${attempts.length} attempts, and nothing may be started twice`);
    const isLast = accepted.every(({ id }) => id === attempts.at(-1)?.id);
    if (!isLast) found.push(`shard ${index} was tried again after an attempt had been accepted`);
    const numbers = attempts.map(({ number }) => number);
    if (new Set(numbers).size !== numbers.length) found.push(`shard ${index} has an attempt twice`);
  }
  return found;
}

async function checkEnvironment({ project }: World, { environment }: ChangeState): Promise<string[]> {
  if (environment === null) return ["the run has no environment"];
  const { id, state } = environment;
  if (state !== "deleted") return [`environment ${id} is ${state}`];
  const proof = await persist(() => project.getProof(id));
  return proof.complete ? [] : [`the proof of ${id} is not complete: ${JSON.stringify(proof.counts)}`];
}

/** Nothing of ours is left, and no two runners have written to the environment in turns. */
async function checkCluster(cluster: string, { environment }: ChangeState): Promise<string[]> {
  const namespace = environment?.namespace ?? "";
  const kubectl = await createKubectl(cluster);
  let pods = "";
  await waitUntil(
    async () => {
      pods = await kubectl.run(["-n", workNamespace, "get", "pods", "-o", "name"]).catch(String);
      return pods === "";
    },
    tidySeconds,
    1_000,
  );
  const leaks = await findLeaks(cluster, [namespace]);
  const writes = (await readWrites(cluster)).get(namespace) ?? [];
  return [
    ...(pods === "" ? [] : [`pods are left: ${pods.trim().split("\n").join(", ")}`]),
    ...leaks.map((leak) => `left: ${leak}`),
    ...findInterleaved(writes),
  ];
}

/** By the API servers' own logs: each attempt had one pod at most, in one cluster, and each accepted one had its pod. */
async function checkPods({ clusters }: World, { shards }: ChangeState): Promise<string[]> {
  const attempts = shards.flatMap((shard) => shard.attempts);
  const made: string[] = [];
  for (const cluster of clusters) made.push(...(await podsEverMade(cluster, workNamespace)));
  const found: string[] = [];
  for (const { id, state, number, shardId } of attempts) {
    const times = made.filter((name) => name === `st-${id}`).length;
    const wasRun = state === "passed" || state === "failed";
    if (times > 1 || (wasRun && times !== 1))
      found.push(`attempt ${number} of shard ${shardId} (${state}) had ${times} pods`);
  }
  return found;
}
