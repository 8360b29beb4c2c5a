import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentTemplateSchema } from "@seatrial/contracts/environments/environment-template.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { startWorld } from "../faults/world.ts";
import { podinfoModule } from "../support/environments-in-lab.ts";
import { atOnce } from "./environments/at-once.ts";
import { makeOurs } from "./environments/our-environment.ts";
import { makeRaw } from "./environments/raw-environment.ts";
import { createSeries, type Series } from "./environments/series.ts";
import { type BenchTemplate, plainTemplate } from "./environments/templates.ts";
import { publish } from "./report.ts";

const rounds = Number(process.argv[3] ?? 5);
/** Only these, by name: `"10 objects,20 at once"`. */
const only = process.argv[4]?.split(",") ?? null;
const isWanted = (name: string) => only === null || only.includes(name);

/**
 * Environments against the raw way, round by round in turns in one run: cold, change of one object, no change, sleep,
 * wake, removal, and twenty at once. Ours goes through the API, Temporal and a provisioner that is a process of its
 * own; its clock starts when the provisioner has taken the operation, so it includes the runner's start.
 */
export async function benchEnvironments(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-bench-"));
  const world = await startWorld({ clusters: 1, say: (line) => console.log(line) });
  try {
    const { path, context } = await labKubeconfig(world.clusters[0] ?? "east");
    const kube = createKubeClient(await readKubeconfig(path, context), { userAgent: "raw" });
    const tools = { helm: (await findTool("helm")).path, kubectl: (await findTool("kubectl")).path };
    const side = { project: world.project, kube, tools };
    const series = createSeries();
    const templates = [
      await plainTemplate(join(folder, "ten"), 10, world.image),
      await podinfoTemplate(join(folder, "podinfo")),
      await plainTemplate(join(folder, "hundred"), 100, world.image),
    ];
    for (let round = 0; round < rounds; round += 1)
      for (const template of templates.filter(({ name }) => isWanted(name))) {
        await inTurns(side, template, round, series);
        console.log(`round ${round + 1}: ${template.name}`);
      }
    const many = await plainTemplate(join(folder, "many"), 10, world.image);
    for (let round = 0; round < (isWanted("20 at once") ? rounds : 0); round += 1) {
      await atOnce(side, many, 20, series);
      console.log(`round ${round + 1}: 20 at once`);
    }
    publish({ name: "environments", rows: series.rows(), notes: series.notes(), raw: series.raw() });
    await kube.close();
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export type Sides = {
  project: Parameters<typeof makeOurs>[0];
  kube: Parameters<typeof makeRaw>[0];
  tools: { helm: string; kubectl: string };
};

async function inTurns(
  { project, kube, tools }: Sides,
  template: BenchTemplate,
  round: number,
  series: Series,
): Promise<void> {
  const { name } = template;
  const { up: rawUp, raw } = await makeRaw(kube, template, tools);
  series.add(`${name}: render`, { raw: rawUp.rendered });
  const { up, ours } = await makeOurs(project, template);
  series.ours(`${name}: cold`, { raw: rawUp, ours: up });
  const [rawSame, same] = [await raw.apply(), await ours.update()];
  series.ours(`${name}: no change`, { raw: rawSame, ours: same });
  await template.change(round);
  const [rawOne, one] = [await raw.apply(), await ours.update()];
  series.ours(`${name}: one object`, { raw: rawOne, ours: one });
  series.add(`${name}: sleep`, { raw: await raw.sleep(), ours: (await ours.sleep()).done });
  series.add(`${name}: wake`, { raw: await raw.wake(), ours: (await ours.wake()).done });
  series.add(`${name}: removal`, { raw: await raw.remove(), ours: (await ours.remove()).done });
}

/** podinfo's own chart, from its Go module, with the readiness period of a second that tests want. */
async function podinfoTemplate(folder: string): Promise<BenchTemplate> {
  const module = await findModuleFolder(...podinfoModule);
  await cp(join(module, "charts/podinfo"), join(folder, "podinfo"), { recursive: true });
  const { reference } = await labLoadBuiltin("podinfo");
  const [repository = "", tag = ""] = reference.split(/:(?=[^:/]+$)/);
  const values = (message: string) => ({
    image: { repository, tag },
    ui: { message },
    probes: { readiness: { periodSeconds: 1, initialDelaySeconds: 0 } },
  });
  const component = { name: "podinfo", kind: "chart", path: "podinfo" } as const;
  const parse = (message: string) =>
    environmentTemplateSchema.parse({
      components: [{ ...component, values: values(message) }],
      expose: { web: { service: "podinfo", port: 9898, ready: { get: "/readyz", times: 1 } } },
    });
  const bench = {
    name: "podinfo",
    folder,
    template: parse("first"),
    change: async (round: number) => {
      bench.template = parse(`round ${round}`);
    },
  };
  return bench;
}
