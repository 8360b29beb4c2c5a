import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type {
  Environment,
  EnvironmentEvent,
  Operation,
} from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentState } from "@seatrial/contracts/environments/lifecycle.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { BenchTemplate } from "./templates.ts";

/** One operation of ours, in milliseconds. */
export type OurTimes = {
  /** From the API call until a provisioner had taken it: hub, worker, Temporal. */
  taken: number;
  /** From then (the runner's start included) until the last object was applied; null where nothing is. */
  applied: number | null;
  /** From then until the operation's end: proved ready, asleep or gone. */
  done: number;
  /** From the API call until the API says the new state. */
  whole: number;
  /** What the operation says of its steps. */
  steps: Operation["steps"];
};

export type OurEnvironment = {
  environment: Environment;
  update: () => Promise<OurTimes>;
  sleep: () => Promise<OurTimes>;
  wake: () => Promise<OurTimes>;
  remove: () => Promise<OurTimes>;
};

/** Makes an environment through the API and measures it by the API's own events; the others go the same way. */
export async function makeOurs(
  project: ProjectClient,
  bench: BenchTemplate,
): Promise<{ up: OurTimes; ours: OurEnvironment }> {
  const { folder, name } = bench;
  const first = await uploadContent(project, folder);
  const began = Date.now();
  const made = await project.createEnvironment({
    name: name.replaceAll(" ", "-"),
    template: bench.template,
    contentSha256: first.sha256,
  });
  const id = made.id;
  const up = await measure(project, id, began, "up", "ready");
  let { timeoutSeconds } = bench.template;
  const ours: OurEnvironment = {
    environment: await project.getEnvironment(id),
    async update() {
      const content = await uploadContent(project, folder);
      const start = Date.now();
      // Another time limit: a generation of its own, even when no object differs.
      timeoutSeconds += 1;
      await project.updateEnvironment(id, {
        template: { ...bench.template, timeoutSeconds },
        contentSha256: content.sha256,
      });
      return measure(project, id, start, "update", "ready");
    },
    sleep: () => wish(project, id, "sleepEnvironment", "sleep", "sleeping"),
    wake: () => wish(project, id, "wakeEnvironment", "wake", "ready"),
    remove: () => wish(project, id, "deleteEnvironment", "down", "deleted"),
  };
  return { up, ours };
}

async function wish(
  project: ProjectClient,
  id: string,
  call: "sleepEnvironment" | "wakeEnvironment" | "deleteEnvironment",
  kind: Operation["kind"],
  end: EnvironmentState,
): Promise<OurTimes> {
  const began = Date.now();
  await project[call](id);
  return measure(project, id, began, kind, end);
}

/** Follows the events from the call on until the operation of this kind, asked for then, has led to the state. */
async function measure(
  project: ProjectClient,
  id: string,
  began: number,
  kind: Operation["kind"],
  end: EnvironmentState,
): Promise<OurTimes> {
  const events: EnvironmentEvent[] = [];
  for await (const event of project.followEnvironment(id, { sleep })) {
    if (Date.parse(event.at) < began) continue;
    events.push(event);
    if (event.type !== "environment.state") continue;
    if (event.data.to === "failed") throw new Error(`${kind} failed: ${String(event.data.reason)}`);
    if (event.data.to === end) break;
  }
  const now = await project.getEnvironment(id);
  const operation = now.operations.find((one) => one.kind === kind && Date.parse(one.createdAt) >= began);
  if (!operation?.startedAt || !operation.endedAt) throw new Error(`no ${kind} of ${id} has ended`);
  const started = Date.parse(operation.startedAt);
  return {
    taken: started - began,
    applied: appliedAfter(events, operation),
    done: Date.parse(operation.endedAt) - started,
    whole: Date.parse(events.at(-1)?.at ?? "") - began,
    steps: operation.steps,
  };
}

/**
 * When the API server had answered the last apply. A component that applied anything tells `apply` and `ready` in one
 * moment, when it is ready; how long ago its last apply was is the time of its `ready`.
 */
function appliedAfter(events: readonly EnvironmentEvent[], { steps, startedAt }: Operation): number | null {
  const ready = steps.findLast(({ name }) => name.startsWith("ready "));
  if (ready === undefined) return null;
  const told = events.find(({ type, data }) => type === "environment.step" && data.step === ready.name);
  if (told === undefined) throw new Error(`no event tells of "${ready.name}"`);
  return Date.parse(told.at) - ready.milliseconds - Date.parse(startedAt ?? "");
}
