import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Summary } from "./statistics.ts";

/** One line of a benchmark: what was measured, and the goal it is held against (shown, never asserted). */
export type Row = { what: string; unit: string; summary: Summary; goal?: { text: string; met: boolean } };

export type Report = { name: string; rows: Row[]; notes: string[]; raw: unknown };

const root = join(import.meta.dirname, "../..");

function cells(row: Row): string[] {
  const { median, p10, p90, count } = row.summary;
  const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));
  const goal = row.goal ? `${row.goal.met ? "met" : "MISSED"}: ${row.goal.text}` : "";
  return [row.what, `${number(median)} ${row.unit}`, `${number(p10)} – ${number(p90)}`, String(count), goal];
}

/** Prints the table and writes the same as JSON below `.seatrial/bench/`. Returns the JSON's path. */
export function publish(report: Report): string {
  const lines = [["what", "median", "p10 – p90", "n", "goal"], ...report.rows.map(cells)];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  for (const note of report.notes) console.log(`  ${note}`);
  const folder = join(root, ".seatrial/bench");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.name}.json`);
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
  };
  writeFileSync(file, `${JSON.stringify({ ...report, machine, at: new Date().toISOString() }, null, 2)}\n`);
  console.log(`written: .seatrial/bench/${report.name}.json`);
  return file;
}
