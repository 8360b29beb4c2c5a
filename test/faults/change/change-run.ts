import { join } from "node:path";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { environmentTemplateSchema } from "@seatrial/contracts/environments/environment-template.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { persist } from "../persist.ts";
import type { World } from "../world.ts";
import { type ChangePlan, type Moment, shardCount } from "./plan-change.ts";

const casesPerShard = 3;

/** Every case of the suite with the outcome that its test gives. */
export function expectedCases(redShard: number | null): Map<string, "passed" | "failed"> {
  const cases = new Map<string, "passed" | "failed">();
  for (let shard = 0; shard < shardCount; shard += 1)
    for (let number = 0; number < casesPerShard; number += 1)
      cases.set(`shard-${shard} › case-${number}`, shard === redShard && number === 1 ? "failed" : "passed");
  return cases;
}

/**
 * Asks the environment until it answers, for a minute at most, and reports three cases: the first says whether it
 * answered. No part of a test waits longer than that, so a longer outage makes it red.
 */
const script = `
import os, sys, time, urllib.request as web
url, i = os.environ["SEATRIAL_ENVIRONMENT_WEB_URL"], os.environ["SEATRIAL_SHARD_INDEX"]
def answers():
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return web.urlopen(url + "/", timeout=5).status == 200
        except OSError as error:
            print(f"no answer from {url}: {error}", flush=True)
            time.sleep(1)
    return False
is_there = answers()
for n in range(30 + int(i) * 4):
    print(f"shard {i} line {n}", flush=True)
    time.sleep(0.1)
away = "" if is_there else "<failure message='the environment did not answer'/>"
red = "<failure message='red on purpose'/>" if i == os.environ["RED"] else ""
cases = "".join(
    f"<testcase classname='shard-{i}' name='case-{n}'>{said}</testcase>" for n, said in enumerate([away, red, ""])
)
with open(os.environ["SEATRIAL_WORK"] + "/report.xml", "w") as report:
    report.write(f"<testsuite name='change'>{cases}</testsuite>")
sys.exit(1 if away or red else 0)
`;

export function changeSuite(image: string, redShard: number | null): SuiteSpecInput {
  return {
    ...{ name: "change", tool: null, image, shards: shardCount, timeoutSeconds: 300 },
    command: ["python3", "-c", script],
    env: { RED: redShard === null ? "none" : String(redShard) },
    reports: { junit: ["*.xml"] },
    resources: { cpuMillis: 20, memoryBytes: 64 * 1_048_576 },
  };
}

/** The environment of a run in a cluster of choice, reached from every cluster. */
export function changeTemplate(image: string) {
  return environmentTemplateSchema.parse({
    components: [{ name: "app", kind: "manifests", path: "app.yaml", images: { busybox: image } }],
    expose: { web: { service: "web", port: 80, reach: "network" } },
    timeoutSeconds: 300,
  });
}

export async function uploadTemplate({ project }: World): Promise<string> {
  return (await persist(() => uploadContent(project, join(import.meta.dirname, "template")))).sha256;
}

export async function startChange(world: World, { home, redShard, seed }: ChangePlan): Promise<Run> {
  const { project, image, testImage } = world;
  const contentSha256 = await uploadTemplate(world);
  return persist(() =>
    project.createRun({
      suites: [changeSuite(testImage, redShard)],
      environment: {
        name: "preview",
        template: changeTemplate(image),
        contentSha256,
        clusters: { labels: { name: home } },
        ttlSeconds: 3_600,
      },
      idempotencyKey: `change-${seed}-${Date.now()}`,
    }),
  );
}

export type ChangeState = { run: Run; shards: Shard[]; environment: Environment | null };

export async function readChange({ project }: World, runId: string): Promise<ChangeState> {
  const run = await persist(() => project.getRun(runId));
  const { environment: brought } = run;
  const [shards, environment] = await Promise.all([
    persist(() => project.listShards(runId)),
    brought === null ? null : persist(() => project.getEnvironment(brought.id)),
  ]);
  return { run, shards, environment };
}

/** Waits until the state is as asked. Throws after `minutes` with where it stands. */
export async function untilChange(
  world: World,
  runId: string,
  isSo: (state: ChangeState) => boolean,
  minutes = 12,
): Promise<ChangeState> {
  const deadline = Date.now() + minutes * 60_000;
  for (;;) {
    const state = await readChange(world, runId);
    if (isSo(state)) return state;
    if (Date.now() > deadline) throw new Error(`after ${minutes} min ${describeChange(state)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export function describeChange({ run, shards, environment }: ChangeState): string {
  const counts = shards.map(({ index, state, attempts, reason }) => {
    const tries = attempts.map((attempt) => `${attempt.state}@${attempt.cluster ?? "-"}`).join(">");
    return `${index}:${state}(${tries})${reason === null ? "" : ` ${reason}`}`;
  });
  const place = environment ? `${environment.state} in ${environment.cluster ?? "-"}` : "none";
  return `run ${run.id} is ${run.state} (${run.reason ?? ""}); environment ${place} (${environment?.reason ?? ""}); shards ${counts.join(", ")}`;
}

/** True when the run has come to this moment, or is past it. */
export function isPast(moment: Moment, { run, shards, environment }: ChangeState): boolean {
  const attempts = shards.flatMap((shard) => shard.attempts);
  if (runIsOver(run.state)) return true;
  switch (moment.at) {
    case "creating":
      return attempts.length > 0 || !["requested", "placed"].includes(environment?.state ?? "requested");
    case "started":
      return attempts.filter(({ startedAt }) => startedAt !== null).length >= moment.attempts;
    case "ended":
      return attempts.filter(({ endedAt }) => endedAt !== null).length >= moment.attempts;
    case "running": {
      const there = attempts.filter(
        ({ state, cluster }) => state === "running" && cluster === moment.cluster,
      );
      return there.length >= moment.attempts;
    }
    case "removing":
      return false;
  }
}

export const isAllOver = ({ run, environment }: ChangeState): boolean =>
  runIsOver(run.state) && (environment === null || environment.state === "deleted");
