import { randomBytes } from "node:crypto";
import type { NetworkPolicyFinding } from "@seatrial/contracts/agent-protocol/network-policy.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { z } from "zod";
import type { PodApi } from "../pods/pod-api.ts";
import { allowedPort, type CheckPodSettings, checkPod, forbiddenPort } from "./check-pods.ts";

export type CheckNetworkPolicyDeps = {
  /** Selects pods of earlier checks of this installation. */
  pods: Pick<PodApi, "create" | "get" | "list" | "remove">;
  settings: CheckPodSettings;
  clock: Pick<Clock, "elapsed" | "sleep">;
};

const lookEveryMilliseconds = 500;
const podSeconds = 120;
const resultSchema = z.object({ allowed: z.boolean(), forbidden: z.boolean() });

/**
 * Tries what a NetworkPolicy allows and what it forbids, between two short-lived pods. `yes` needs both: without the
 * allowed connection, a forbidden one that fails shows nothing. Takes some seconds where policies are enforced, about
 * 20 s where they are not. Never throws: what could not be tried is `unknown`, with the reason.
 */
export async function checkNetworkPolicy(
  deps: CheckNetworkPolicyDeps,
  signal: AbortSignal,
): Promise<NetworkPolicyFinding> {
  try {
    await removeAll(deps);
    return judge(await tryConnections(deps, signal));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { answer: "unknown", reason: `the check could not be made: ${why}`.slice(0, 500) };
  } finally {
    await removeAll(deps).catch(() => undefined);
  }
}

function judge({ allowed, forbidden }: z.infer<typeof resultSchema>): NetworkPolicyFinding {
  if (!allowed)
    return { answer: "unknown", reason: "two pods did not reach each other where a policy allows it" };
  return forbidden
    ? { answer: "no", reason: "a pod was reached on a port that no policy allows" }
    : { answer: "yes", reason: "of two ports, only the one that a policy allows was reached" };
}

async function tryConnections(deps: CheckNetworkPolicyDeps, signal: AbortSignal) {
  const suffix = randomBytes(4).toString("hex");
  const listener = `st-check-${suffix}-listen`;
  const dialer = `st-check-${suffix}-dial`;
  // The allowed port is opened last: when it answers, so would the other.
  await deps.pods.create(checkPod(deps.settings, listener, ["listen", forbiddenPort, allowedPort]));
  const listening = await waitFor(deps, listener, signal, (pod) => pod.status?.podIP !== undefined);
  const address = listening.status?.podIP ?? "";
  await deps.pods.create(checkPod(deps.settings, dialer, ["dial", address, allowedPort, forbiddenPort]));
  const ended = await waitFor(deps, dialer, signal, (pod) => endOf(pod) !== undefined);
  return resultSchema.parse(JSON.parse(endOf(ended)?.message ?? ""));
}

function endOf(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.terminated;
}

async function waitFor(
  { pods, clock }: CheckNetworkPolicyDeps,
  name: string,
  signal: AbortSignal,
  isThere: (pod: Pod) => boolean,
): Promise<Pod> {
  const until = clock.elapsed() + podSeconds * 1_000;
  for (;;) {
    const pod = await pods.get(name);
    if (pod === null) throw new Error(`the pod ${name} was deleted`);
    if (isThere(pod)) return pod;
    if (pod.status?.phase === "Failed") throw new Error(`the pod ${name} failed: ${pod.status.reason}`);
    if (signal.aborted) throw new Error("the agent stops");
    if (clock.elapsed() > until) {
      const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? pod.status?.phase;
      throw new Error(`the pod ${name} was not there within ${podSeconds} s (${waiting})`);
    }
    await clock.sleep(lookEveryMilliseconds, signal);
  }
}

async function removeAll({ pods }: CheckNetworkPolicyDeps): Promise<void> {
  for (const pod of (await pods.list()).items) await pods.remove(pod, 1);
}
