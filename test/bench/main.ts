/** `npm run bench -- <name>`: each benchmark prints a table and writes JSON. Time goals are shown, never asserted. */
const benches: Record<string, () => Promise<void>> = {
  lab: async () => (await import("./lab.ts")).benchLab(),
  run: async () => (await import("./run.ts")).benchRun(),
  scale: async () => (await import("./scale.ts")).benchScale(),
  fairness: async () => (await import("./fairness.ts")).benchFairness(),
  day: async () => (await import("./day.ts")).benchDay(),
  "pull-requests": async () => (await import("./pull-requests.ts")).benchPullRequests(),
  environments: async () => (await import("./environments.ts")).benchEnvironments(),
};

const name = process.argv[2] ?? "";
const bench = benches[name];
if (bench === undefined) {
  console.error(`unknown benchmark '${name}': one of ${Object.keys(benches).join(", ")}`);
  process.exitCode = 64;
} else {
  await bench();
}
