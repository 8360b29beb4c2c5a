import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import { gatherEvidence } from "../evidence/gather-evidence.ts";
import type { RunnerResult } from "../operations/runner-messages.ts";
import { sleepEnvironment } from "../sleep/sleep-environment.ts";
import { waitUntilAwake, wakeWorkloads } from "../sleep/wake-environment.ts";
import { removeEnvironment } from "../teardown/remove-environment.ts";
import { failureOf } from "./failure-of.ts";
import { proveAll } from "./prove-all.ts";
import { type RunnerContext, resultOf } from "./runner-context.ts";

/** A removal that takes longer is told as blocked and comes again: the hub's patience is days, a slot's is minutes. */
const removalSeconds = 240;
const secondLookSeconds = 2;

export async function putToSleep(context: RunnerContext): Promise<RunnerResult> {
  const { work } = context;
  const asleep = await sleepEnvironment(
    { ...context, namespace: work.namespace },
    work.template.timeoutSeconds,
  );
  context.step("asleep", `${asleep} workloads at zero, their pods are gone`);
  return resultOf(context, { failure: null });
}

export async function wake(context: RunnerContext): Promise<RunnerResult> {
  const { work } = context;
  const deps = { ...context, namespace: work.namespace };
  const began = context.clock.elapsed();
  const woken = await wakeWorkloads(deps);
  await waitUntilAwake(deps, work.template.timeoutSeconds);
  context.step("ready", `${woken} workloads have their replicas again`);
  const left = work.template.timeoutSeconds - (context.clock.elapsed() - began) / 1_000;
  const endpoints = await proveAll(context, Math.max(5, left));
  return resultOf(context, { failure: null, endpoints, proved: true });
}

/**
 * Probes the endpoints, and gathers evidence where it is asked for. A probe that fails is a finding, told beside the
 * rest of the evidence.
 */
export async function prove(context: RunnerContext): Promise<RunnerResult> {
  const { work } = context;
  const probed = await proveAll(context, Math.min(30, work.template.timeoutSeconds)).then(
    (endpoints) => ({ endpoints, failure: null }),
    (error: unknown) => ({ endpoints: null, failure: failureOf(error, context) }),
  );
  const since = work.evidenceSince;
  const evidence = since === null ? [] : await gatherTwice(context, since);
  if (since !== null && probed.failure?.code === "not_proved")
    evidence.unshift({
      at: null,
      kind: "probe",
      object: work.namespace,
      message: probed.failure.message.slice(0, 2_000),
    });
  return resultOf(context, { ...probed, proved: probed.failure === null, evidence: evidence.slice(0, 200) });
}

/** A node tells of a container's end up to some seconds after those who talked to it noticed: nothing is looked for twice. */
async function gatherTwice(context: RunnerContext, since: string): Promise<Evidence[]> {
  const { work, clock, signal } = context;
  const look = () => gatherEvidence({ ...context, namespace: work.namespace, recorded: work.objects, since });
  const found = await look();
  if (found.some(({ kind }) => kind !== "event")) return found;
  await clock.sleep(secondLookSeconds * 1_000, signal);
  return signal.aborted ? found : look();
}

/**
 * Removes by what was recorded and by label, and proves it. The engine is not asked: it knows no more than the record,
 * trusts its state over the cluster, and the state goes with its key once the proof is complete.
 */
export async function remove(context: RunnerContext): Promise<RunnerResult> {
  const { work, settings, kube, clock, signal } = context;
  const { proof, blockers } = await removeEnvironment({
    kube,
    environmentId: work.environmentId,
    namespace: work.namespace,
    cluster: settings.cluster,
    recorded: work.objects,
    policy: settings.repairs,
    clock,
    signal,
    limitSeconds: removalSeconds,
    onStep: ({ name, message, milliseconds }) => context.step(name, message, milliseconds),
    onBlockers: context.blockers,
  });
  const [first] = blockers;
  const message = first?.message ?? "The proof is not complete: something could not be read.";
  const failure = proof.complete ? null : { code: "blocked" as const, message, file: null, line: null };
  return resultOf(context, {
    failure,
    proof,
    blockers: blockers.slice(0, 50),
    objects: proof.complete ? [] : null,
  });
}
