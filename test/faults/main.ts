import { parseArgs } from "node:util";
import { type ChangeFaultKind, changeFaultKinds } from "./change/kinds.ts";
import { planChanges } from "./change/plan-change.ts";

/**
 * `npm run faults -- environments [--count 100] [--clusters 2] [--seed N] [--at-once 4]` and
 * `npm run faults -- change [--count 20] [--seed N] [--kinds hub,link-45-s]`. Exit code 1: something was found.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string" },
    clusters: { type: "string", default: "2" },
    seed: { type: "string" },
    "at-once": { type: "string", default: "4" },
    kinds: { type: "string" },
  },
});
const say = (line: string) => console.log(line);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);

async function environments(): Promise<boolean> {
  const { faultEnvironments } = await import("./environments.ts");
  const { clusters, "at-once": atOnce } = values;
  const count = Number(values.count ?? "100");
  const found = await faultEnvironments({
    ...{ count, seed, say },
    clusters: Number(clusters),
    atOnce: Number(atOnce),
  });
  return found.isClean;
}

async function change(kinds: readonly ChangeFaultKind[]): Promise<boolean> {
  const { changeClusters, faultChanges } = await import("./change/change-faults.ts");
  say(`seed ${seed}`);
  const plans = planChanges(Number(values.count ?? "20"), seed, kinds, changeClusters);
  const repetitions = await faultChanges({ plans, say });
  return repetitions.every(({ found }) => found.length === 0);
}

/** Kinds by their names, with dashes for blanks; null when one is unknown. */
function parseKinds(text: string | undefined): ChangeFaultKind[] | null {
  if (text === undefined) return [...changeFaultKinds];
  const kinds = text
    .split(",")
    .map((name) => changeFaultKinds.find((kind) => kind.replaceAll(" ", "-") === name.trim()));
  return kinds.every((kind) => kind !== undefined) ? kinds : null;
}

const [what = ""] = positionals;
const kinds = parseKinds(values.kinds);
if (what === "environments") process.exitCode = (await environments()) ? 0 : 1;
else if (what === "change" && kinds !== null) process.exitCode = (await change(kinds)) ? 0 : 1;
else {
  const known = changeFaultKinds.map((kind) => kind.replaceAll(" ", "-")).join(", ");
  console.error(
    `unknown faults '${positionals.join(" ")}': there are 'environments' and 'change' with --kinds of ${known}`,
  );
  process.exitCode = 64;
}
