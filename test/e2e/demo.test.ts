import { createOutput } from "@seatrial/cli/terminal/output.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { describe, expect, test } from "vitest";
import { runDemo } from "../demo/run-demo.ts";
import { canRunLab } from "../support/lab-stack.ts";

describe.runIf(canRunLab)("the demo", () => {
  test("tells a pull request from its first commit to the proof that nothing is left", async () => {
    await labDown();
    let told = "";
    const stdout = {
      write(text: string) {
        told += text;
      },
    };
    const output = createOutput({ stdout, stderr: process.stderr }, { isJson: false, noColor: true });
    const signal = new AbortController().signal;
    // It throws when anything went otherwise than it shall, and when the lab left anything behind.
    const story = await runDemo(output, { keep: false, port: 7071, columns: () => 100, signal });
    const lines = [
      /^✓ clusters /,
      /^PR #1 "Rename greeting" [0-9a-f]{7}$/,
      /^✓ environment preview e-\S+ · (east|west) .* http:\/\/10\.88\./,
      /^✓ api {2}pytest {2}34\/34 .*east 1 · west 1$/,
      /^✗ web {2}node {4}7\/8 .*east 1 · west 1$/,
      /^FAILED {2}41 passed \(1 flaky\), 1 failed /,
      /^ {2}web › greeting: expected hello, got hi .*greeting\.test\.ts:7$/,
      /^ {2}web › the card of the greeting can be read .*flaky/,
      /^ {2}changed here: deploy\/preview\.yaml:7$/,
      /^ {2}seatrial runs rerun r-\S+ --failed$/,
      /^ {2}check "Seatrial" on GitHub: failure, /,
      /^PR #1 "Fix greeting" [0-9a-f]{7}$/,
      /^PASSED {2}42 passed /,
      /^ {2}check "Seatrial" on GitHub: success, 42 passed$/,
      /^PR #1 closed$/,
      /^✓ removed: \d+ objects seen gone, 0 left .*seatrial env proof e-/,
      /^✓ nothing of the lab is left/,
    ];
    // In this order, whatever stands between them.
    const rest = told.split("\n");
    for (const line of lines) {
      const at = rest.findIndex((one) => line.test(one));
      expect(at, `${line} in\n${told}`).toBeGreaterThanOrEqual(0);
      rest.splice(0, at + 1);
    }
    expect(story.first.check.annotations).toMatchObject([
      { path: "tests/web/greeting.test.ts", line: 7, level: "failure" },
    ]);
  });
});
