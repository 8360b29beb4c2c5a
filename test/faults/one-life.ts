import { join } from "node:path";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { environmentTemplateSchema } from "@seatrial/contracts/environments/environment-template.ts";
import { persist } from "./persist.ts";
import type { World } from "./world.ts";

/** How far an environment came, and whether its end is proved. */
export type Life = {
  id: string;
  namespace: string;
  cluster: string | null;
  /** The steps that ended as they should. */
  done: string[];
  /** Null: the whole life. */
  trouble: string | null;
  isProved: boolean;
};

const stepMinutes = 20;

/** Makes, updates, puts to sleep, wakes and removes one environment, whatever dies meanwhile. */
export async function liveOnce(world: World, number: number): Promise<Life> {
  const { project } = world;
  const content = await persist(() => uploadContent(project, join(import.meta.dirname, "template")));
  const template = environmentTemplateSchema.parse({
    components: [{ name: "app", kind: "manifests", path: "app.yaml", images: { busybox: world.image } }],
    expose: { web: { service: "web", port: 80 } },
    timeoutSeconds: 300,
  });
  const made = await persist(() =>
    project.createEnvironment({
      name: `life-${number}`,
      template,
      contentSha256: content.sha256,
      change: { sha: `first-${number}`, branch: null, title: null, dirty: false },
      clusters: { labels: { name: world.clusters[number % world.clusters.length] ?? "" } },
      ttlSeconds: 14_400,
      idempotencyKey: `life-${number}`,
    }),
  );
  const life: Life = {
    id: made.id,
    namespace: made.namespace,
    cluster: null,
    done: [],
    trouble: null,
    isProved: false,
  };
  const step = async (
    name: string,
    act: () => Promise<Environment>,
    isDone: (now: Environment) => boolean,
  ) => {
    await persist(act);
    const end = await until(
      world,
      made.id,
      (now) => isDone(now) || (name !== "remove" && now.state === "failed"),
    );
    life.cluster = end.cluster;
    if (!isDone(end)) throw new Error(`${name}: ${end.state}, ${end.reason ?? ""}`);
    life.done.push(name);
  };
  try {
    await step(
      "make",
      () => project.getEnvironment(made.id),
      (now) => now.state === "ready",
    );
    const changed = {
      ...template,
      expose: { web: { ...template.expose.web, service: "web", port: 80 } },
      timeoutSeconds: 301,
    };
    await step(
      "update",
      () => project.updateEnvironment(made.id, { template: changed, contentSha256: content.sha256 }),
      (now) => now.state === "ready" && now.appliedGeneration >= 2,
    );
    await step(
      "sleep",
      () => project.sleepEnvironment(made.id),
      (now) => now.state === "sleeping",
    );
    await step(
      "wake",
      () => project.wakeEnvironment(made.id),
      (now) => now.state === "ready",
    );
  } catch (error) {
    life.trouble = error instanceof Error ? error.message : String(error);
  }
  try {
    await step(
      "remove",
      () => project.deleteEnvironment(made.id),
      (now) => now.state === "deleted",
    );
    life.isProved = (await persist(() => project.getProof(made.id))).complete;
  } catch (error) {
    life.trouble ??= error instanceof Error ? error.message : String(error);
  }
  return life;
}

async function until(world: World, id: string, isOver: (now: Environment) => boolean): Promise<Environment> {
  const deadline = Date.now() + stepMinutes * 60_000;
  for (;;) {
    const now = await persist(() => world.project.getEnvironment(id));
    if (isOver(now)) return now;
    if (Date.now() > deadline)
      throw new Error(`still ${now.state} after ${stepMinutes} min: ${now.reason ?? ""}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
