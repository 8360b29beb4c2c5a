import { parseArgs } from "node:util";

/** `npm run faults -- environments [--count 100] [--clusters 2] [--seed N] [--at-once 4]`. Exit code 1: something was found. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "100" },
    clusters: { type: "string", default: "2" },
    seed: { type: "string" },
    "at-once": { type: "string", default: "4" },
  },
});

if (positionals[0] !== "environments") {
  console.error(`unknown faults '${positionals[0] ?? ""}': there are the ones of environments`);
  process.exitCode = 64;
} else {
  const { faultEnvironments } = await import("./environments.ts");
  const found = await faultEnvironments({
    count: Number(values.count),
    clusters: Number(values.clusters),
    atOnce: Number(values["at-once"]),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
    say: (line) => console.log(line),
  });
  process.exitCode = found.isClean ? 0 : 1;
}
