import { parseArgs } from "node:util";
import { openPullRequestLab } from "../support/pull-request-lab.ts";
import { isRight } from "./pull-requests/is-right.ts";
import { type Life, liveAtOnce } from "./pull-requests/live-at-once.ts";
import { type Places, readPlaces } from "./pull-requests/most-at-once.ts";
import { changeKinds, shopFiles } from "./pull-requests/shop-files.ts";
import { publish, type Row } from "./report.ts";
import { summarize } from "./statistics.ts";

/**
 * `npm run bench -- pull-requests [--count 40] [--quota 6]`: so many pull requests opened at once on two real clusters,
 * in a project that may have so many environments. Each has an environment of its own (a chart with a web server), a
 * suite that asks it, and is closed once its check is there; half are green, the others red or cannot be made.
 */
export async function benchPullRequests(): Promise<void> {
  const options = {
    count: { type: "string", default: "40" },
    quota: { type: "string", default: "6" },
  } as const;
  const { values } = parseArgs({ args: process.argv.slice(3), options });
  const [count, quota] = [Number(values.count), Number(values.quota)];
  let image = "";
  const lab = await openPullRequestLab(
    ({ images }) => {
      image = images.busybox;
      return shopFiles(image);
    },
    { clusters: 2 },
  );
  try {
    await lab.stack.client.changeProject("default", { environmentQuota: quota });
    const kinds = Array.from({ length: count }, (_, index) => kindOf(index));
    const lives = await liveAtOnce(lab, image, kinds, { deadlineSeconds: 45 * 60 });
    const places = await readPlaces(
      lab,
      lives.flatMap(({ environmentId }) => environmentId ?? []),
    );
    const left = await lab.closeAll();
    printLives(lives, places);
    const raw = { lives, mostAtOnce: places.mostAtOnce, left, violations: lab.github.violations };
    publish({ name: "pull-requests", rows: toRows(lives), notes: toNotes(lives, places, quota, left), raw });
    const isWhole = lives.every(isRight) && left.length === 0 && places.mostAtOnce <= quota;
    if (!isWhole) process.exitCode = 1;
  } finally {
    await lab.close();
  }
}

/** Green, red, green, broken: half of them green. */
function kindOf(index: number): Life["kind"] {
  if (index % 2 === 0) return "green";
  return index % 4 === 1 ? "red" : "broken";
}

function printLives(lives: readonly Life[], { clusters }: Places): void {
  const head = [
    "#",
    "change",
    "verdict",
    "check",
    "right",
    "cluster",
    "in line",
    "check after",
    "gone after",
    "waited with",
  ];
  const rows = lives.map((life) => [
    String(life.number),
    life.kind,
    life.verdict ?? "none",
    life.check ?? "none",
    isRight(life) ? "yes" : "NO",
    clusters.get(life.environmentId ?? "") ?? "",
    life.place === null ? "" : String(life.place),
    seconds(life.verdictSeconds),
    seconds(life.goneSeconds),
    life.reasons.find((reason) => reason.includes("in line")) ?? "",
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

const seconds = (value: number | null) => (value === null ? "" : `${value.toFixed(1)} s`);

function toRows(lives: readonly Life[]): Row[] {
  const row = (what: string, of: (life: Life) => number | null): Row => ({
    ...{ what, unit: "s" },
    summary: summarize(lives.flatMap((life) => of(life) ?? [])),
  });
  return [
    row("opened → check", ({ verdictSeconds }) => verdictSeconds),
    row("opened → environment gone", ({ goneSeconds }) => goneSeconds),
    ...changeKinds.map((kind) =>
      row(`opened → check, ${kind}`, (life) => (life.kind === kind ? life.verdictSeconds : null)),
    ),
  ];
}

function toNotes(lives: readonly Life[], { mostAtOnce }: Places, quota: number, left: string[]): string[] {
  const inLine = lives.filter(({ place }) => place !== null);
  const longest = Math.max(0, ...inLine.map(({ place }) => place ?? 0));
  return [
    `${lives.filter(isRight).length} of ${lives.length} have the right verdict and check`,
    `at most ${mostAtOnce} environments held a place at once, the quota is ${quota}`,
    `${inLine.length} stood in line, up to the place ${longest}; each with its reason`,
    left.length === 0 ? "nothing is left in the hub or in a cluster" : `LEFT: ${left.join(", ")}`,
  ];
}
