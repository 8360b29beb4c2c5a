import type { Sides } from "../environments.ts";
import { makeOurs } from "./our-environment.ts";
import { makeRaw } from "./raw-environment.ts";
import type { Series } from "./series.ts";
import type { BenchTemplate } from "./templates.ts";

/** Many environments asked for in one moment: until the last object of the last one is applied, and until all are ready. */
export async function atOnce(
  { project, kube, tools }: Sides,
  template: BenchTemplate,
  count: number,
  series: Series,
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const raws = await Promise.all(numbers.map(() => makeRaw(kube, template, tools)));
  const rawApplied = Math.max(...raws.map(({ up }) => up.applied));
  const rawReady = Math.max(...raws.map(({ up }) => up.ready));
  await Promise.all(raws.map(({ raw }) => raw.remove()));
  const ours = await Promise.all(numbers.map(() => makeOurs(project, template)));
  // From the first API call: waiting for a slot is a part of it.
  const oursApplied = Math.max(...ours.map(({ up }) => up.taken + (up.applied ?? 0)));
  const oursReady = Math.max(...ours.map(({ up }) => up.whole));
  series.add(`${count} at once, all applied`, { raw: rawApplied, ours: oursApplied });
  series.add(`${count} at once, done`, { raw: rawReady, ours: oursReady });
  await Promise.all(ours.map(({ ours: one }) => one.remove()));
}
