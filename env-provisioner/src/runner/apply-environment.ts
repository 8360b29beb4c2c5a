import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import type { EngineOutcome } from "../engine/engine-request.ts";
import { engineVersion } from "../engine/engine-versions.ts";
import { chooseProvider, nameOfProvider } from "../engine/provider-choice.ts";
import { OperationError } from "../operation-error.ts";
import type { RunnerResult } from "../operations/runner-messages.ts";
import { findAsleep, wakeWorkloads } from "../sleep/wake-environment.ts";
import { openState, sealState } from "../state/seal-state.ts";
import { unpackContent } from "../templates/unpack-content.ts";
import { describeTarget } from "./describe-target.ts";
import { failureOf } from "./failure-of.ts";
import { planStages } from "./plan-stages.ts";
import { proveAll } from "./prove-all.ts";
import { type RunnerContext, resultOf } from "./runner-context.ts";

/**
 * `up` and `update`: content → render and admit → wake what sleeps → engine → endpoints → proof of readiness. The engine
 * starts while the template is rendered, and applies nothing before that ended well. Once it has begun to apply, its
 * state and its objects are told whatever comes after. Throws for what went wrong before.
 */
export async function applyEnvironment(context: RunnerContext): Promise<RunnerResult> {
  const { work, kube, signal, clock } = context;
  const { kubernetes, provider: providerSettings } = context.settings;
  const provider = await chooseProvider(context.start.stateProvider, providerSettings);
  const until = clock.elapsed() + work.template.timeoutSeconds * 1_000;
  // Its program takes a while to load: meanwhile the content is unpacked.
  const engineLoads = import("../engine/run-engine.ts");
  const seal = { key: Buffer.from(work.stateKey, "base64"), environmentId: work.environmentId };
  const [content, target, previousState, asleep] = await Promise.all([
    unpack(context),
    describeTarget(kube, signal),
    openPrevious(context, seal),
    work.operation === "update" ? findAsleep({ ...context, namespace: work.namespace }) : [],
  ]);
  context.step("prepared");
  const plan = planStages(context, content, target);
  const rendered = plan.rendered.then((count) => context.step("rendered", `${count} objects are known`));
  // The engine, which waits for it too, ends first.
  rendered.catch(() => undefined);
  if (asleep.length > 0) await rendered.then(() => wakeFirst(context));
  const folder = join(context.folder, "engine");
  await mkdir(folder);
  const { runEngine } = await engineLoads;
  const outcome = await runEngine({
    action: "up",
    folder,
    environmentId: work.environmentId,
    project: work.project,
    kube,
    stages: plan.stages,
    previousState,
    stateKey: seal.key,
    timeoutSeconds: secondsUntil(until, context),
    provider,
    clusterAccess: kubernetes,
    waitForIngress: work.template.waitForIngress,
    pulumiPath: context.settings.tools.pulumi,
    signal,
    onStep: ({ name, milliseconds }) => context.step(name, "", milliseconds),
    onSpawn: context.spawned,
  });
  await rendered;
  const versions = { engine: engineVersion, provider: nameOfProvider(provider) };
  const state = { ...versions, bytes: await sealState(outcome.state, seal) };
  const proved = await proveApplied(context, outcome, until);
  return resultOf(
    context,
    {
      failure: proved.error === null ? null : failureOf(proved.error, context),
      objects: outcome.objects.slice(0, 5_000),
      endpoints: proved.endpoints,
      proved: proved.error === null,
      leftOut: plan.leftOut(),
    },
    state,
  );
}

async function unpack(context: RunnerContext): Promise<string> {
  const { contentFile } = context.start;
  if (contentFile === null)
    throw new OperationError("content_missing", "The hub has no content for this environment any more");
  const folder = join(context.folder, "content");
  await mkdir(folder);
  await unpackContent(createReadStream(contentFile), folder);
  return folder;
}

async function wakeFirst(context: RunnerContext): Promise<void> {
  const woken = await wakeWorkloads({ ...context, namespace: context.work.namespace });
  if (woken > 0) context.step("woken", `${woken} workloads get their replicas back`);
}

/** The state in clear; null when there is none or it cannot be opened: the engine then adopts what carries the label. */
async function openPrevious(
  context: RunnerContext,
  seal: { key: Uint8Array; environmentId: string },
): Promise<Uint8Array | null> {
  const { sealedState } = context.start;
  if (sealedState === null) return null;
  try {
    return await openState(sealedState, seal);
  } catch (error) {
    if (!(error instanceof OperationError && error.code === "state_unreadable")) throw error;
    context.step("state unreadable", `${error.message}; what carries the environment's label is adopted`);
    return null;
  }
}

async function proveApplied(
  context: RunnerContext,
  outcome: EngineOutcome,
  until: number,
): Promise<{ endpoints: Endpoint[] | null; error: unknown }> {
  if (outcome.failure !== null) return { endpoints: null, error: outcome.failure };
  try {
    return { endpoints: await proveAll(context, secondsUntil(until, context)), error: null };
  } catch (error) {
    return { endpoints: null, error };
  }
}

/** What is left of the template's time, and a little when nothing is: a probe is always made. */
function secondsUntil(until: number, { clock }: RunnerContext): number {
  return Math.max(5, (until - clock.elapsed()) / 1_000);
}
