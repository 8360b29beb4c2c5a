import { limits } from "@seatrial/contracts/limits.ts";
import type { ResultOutcome } from "@seatrial/contracts/runs/result.ts";
import { lineInDetail, messageByDetail } from "./junit-detail.ts";
import { limitResult, type ParsedResult, type RawResult } from "./parsed-result.ts";

type Attributes = Record<string, string | undefined>;

const outcomeOfElement: Record<string, ResultOutcome | undefined> = {
  failure: "failed",
  error: "errored",
  skipped: "skipped",
};

/** Collects the cases while a JUnit report streams by: elements and texts in, results out. */
export function createJunitCases() {
  const results: ParsedResult[] = [];
  /** The `file` of the suites around, innermost last. */
  const files: (string | undefined)[] = [];
  let current: RawResult | null = null;
  let reading: string | null = null;

  return {
    open(element: string, attributes: Attributes): void {
      if (element === "testsuite") files.push(attributes.file ?? files.at(-1));
      else if (element === "testcase") current = startCase(attributes, files.at(-1));
      else if (current !== null && outcomeOfElement[element] !== undefined) {
        note(current, element, attributes);
        reading = element;
      }
    },
    text(text: string): void {
      if (current === null || reading === null) return;
      const detail = current.detail ?? "";
      // Kept one over the limit, so that the cut is still seen and marked.
      if (detail.length <= limits.detailCharacters)
        current.detail = detail + text.slice(0, limits.detailCharacters + 1 - detail.length);
    },
    close(element: string): void {
      if (element === "testsuite") files.pop();
      else if (element === reading) reading = null;
      else if (element === "testcase" && current !== null) {
        results.push(limitResult(endCase(current)));
        current = null;
      }
    },
    count: () => results.length,
    results: () => results,
  };
}

function startCase(attributes: Attributes, suiteFile: string | undefined): RawResult {
  const file = attributes.file ?? suiteFile ?? null;
  const parts = [attributes.file, attributes.classname, attributes.name];
  const named = parts.filter((part): part is string => part !== undefined && part.trim() !== "");
  return {
    case: named.filter((part, index) => part !== named[index - 1]).join(" › "),
    outcome: "passed",
    seconds: readSeconds(attributes.time),
    message: null,
    detail: null,
    file,
    line: attributes.line === undefined ? null : Number.parseInt(attributes.line, 10),
  };
}

/** An error outranks a failure, and both outrank `skipped`; the first message stays. */
function note(current: RawResult, element: string, attributes: Attributes): void {
  const outcome = outcomeOfElement[element] ?? current.outcome;
  const rank: Record<ResultOutcome, number> = { passed: 0, skipped: 1, failed: 2, errored: 3 };
  if (rank[outcome] > rank[current.outcome]) current.outcome = outcome;
  current.message ??= attributes.message ?? attributes.type ?? null;
}

function endCase(current: RawResult): RawResult {
  const detail = current.detail?.trim() ? current.detail : null;
  const message = messageByDetail(current.message, detail) ?? detail?.trim().split("\n")[0] ?? null;
  return { ...current, detail, message, line: current.line ?? lineInDetail(current.file, detail) };
}

/** Some writers group thousands: `1,234.5`. */
function readSeconds(time: string | undefined): number | null {
  if (time === undefined || time.trim() === "") return null;
  const seconds = Number(time.replaceAll(",", ""));
  return Number.isFinite(seconds) ? seconds : null;
}
