import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline";

/** CPU-seconds that each part used, and the writes that API clients made, between two moments. */
export type Spent = { cpuSeconds: Record<string, number>; writes: Record<string, number> };
export type Meter = { stop: () => Promise<Spent> };

/** Which process trees belong to a part, by the process number of their first process. */
export type Parts = () => Record<string, number[]>;

const ticksPerSecond = 100;

/** Starts to measure. Writes are counted in these namespaces only: the rest is the same for all. */
export async function startMeter(parts: Parts, auditFile: string, namespaces: string[]): Promise<Meter> {
  const [before, offset] = [await cpuOf(parts()), (await stat(auditFile)).size];
  return {
    async stop() {
      const after = await cpuOf(parts());
      const used = Object.entries(after).map(([part, seconds]) => [part, seconds - (before[part] ?? 0)]);
      return {
        cpuSeconds: Object.fromEntries(used),
        writes: await countWrites(auditFile, offset, new Set(namespaces)),
      };
    },
  };
}

/** CPU-seconds so far of each part: of its processes, their children, and children that have ended. */
export async function cpuOf(parts: Record<string, number[]>): Promise<Record<string, number>> {
  const table = await processTable();
  const tree = (pid: number): number => {
    const own = table.get(pid);
    if (own === undefined) return 0;
    const below = [...table].filter(([, { parent }]) => parent === pid);
    return own.ticks + below.reduce((sum, [child]) => sum + tree(child), 0);
  };
  const sums = Object.entries(parts).map(([part, pids]) => [
    part,
    pids.reduce((sum, pid) => sum + (pid === process.pid ? ownTicks(table) : tree(pid)), 0) / ticksPerSecond,
  ]);
  return Object.fromEntries(sums);
}

/** Without children: everything else is a child of the benchmark. */
function ownTicks(table: ReadonlyMap<number, { ticks: number }>): number {
  const own = process.cpuUsage();
  return table.has(process.pid) ? ((own.user + own.system) / 1_000_000) * ticksPerSecond : 0;
}

async function processTable(): Promise<Map<number, { parent: number; ticks: number }>> {
  const table = new Map<number, { parent: number; ticks: number }>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The program's name, in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const sum = [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field] ?? 0), 0);
    if (text !== "") table.set(Number(name), { parent: Number(fields[1]), ticks: sum });
  }
  return table;
}

type AuditLine = {
  verb?: string;
  userAgent?: string;
  objectRef?: { resource?: string; namespace?: string; subresource?: string };
};

/** Counts audited writes from a byte of the log on: `<client> <verb> <resource>` → how many, refused ones too. */
async function countWrites(
  file: string,
  offset: number,
  namespaces: Set<string>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const line of createInterface({ input: createReadStream(file, { start: offset }) })) {
    // The last line may be half written.
    if (!line.endsWith("}")) continue;
    const { verb, userAgent, objectRef }: AuditLine = JSON.parse(line);
    if (!namespaces.has(objectRef?.namespace ?? "")) continue;
    const client = (userAgent ?? "unknown").split(/[/ ]/)[0];
    const resource = [objectRef?.resource, objectRef?.subresource].filter(Boolean).join("/");
    const key = `${client} ${verb} ${resource}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** All writes together. */
export const totalOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
