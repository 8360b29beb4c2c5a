import { readFileSync } from "node:fs";

/** Vitest's JSON report, or undefined where the run left none. */
export function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
