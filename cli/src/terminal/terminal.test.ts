import { expect, test } from "vitest";
import { elapsed } from "./elapsed.ts";
import { createOutput } from "./output.ts";
import { safeLine, safeText } from "./safe-text.ts";
import { cutLine, formatTable } from "./table.ts";

function capture(options: { isJson?: boolean; isTTY?: boolean; noColor?: boolean }) {
  let text = "";
  const stdout = { write: (piece: string) => (text += piece), isTTY: options.isTTY ?? false };
  const output = createOutput(
    { stdout, stderr: { write: () => {} } },
    { isJson: options.isJson ?? false, noColor: options.noColor ?? false },
  );
  return { output, text: () => text };
}

test.each([
  ["colours", "\u001B[31mred\u001B[0m", "red"],
  ["a cleared screen", "a\u001B[2J\u001B[Hb", "ab"],
  ["a window title", "\u001B]0;owned\u0007text", "text"],
  ["a link", "\u001B]8;;http://x\u001B\\here\u001B]8;;\u001B\\", "here"],
  ["a C1 sequence", "a\u009B31mb", "a31mb"],
  ["a bell, a backspace and a carriage return", "a\u0007b\bc\rd", "abcd"],
  ["reading directions", "a\u202Eb\u2066c", "abc"],
  ["a string sequence without an end hides no other line", "x\u001B]0;title\nnext", "x\nnext"],
  ["line breaks and tabs stay", "a\tb\r\nc", "a\tb\nc"],
])("untrusted text loses what a terminal acts on: %s", (_what, text, expected) => {
  expect(safeText(text)).toBe(expected);
});

test("one line stays one line of bounded length", () => {
  expect(safeLine("a\n  b\tc ", 10)).toBe("a b c");
  expect(safeLine("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
});

test("columns align by what is seen, colours do not count", () => {
  expect(
    formatTable([
      ["\u001B[32m✓\u001B[39m a", "1"],
      ["  longer", "22"],
    ]),
  ).toEqual(["\u001B[32m✓\u001B[39m a       1", "  longer  22"]);
});

test.each([
  [0, "0.0s"],
  [420, "0.4s"],
  [7_300, "7s"],
  [65_000, "1m 05s"],
  [119_700, "2m 00s"],
  [7_800_000, "2h 10m"],
])("%d ms reads %s", (milliseconds, text) => {
  expect(elapsed(milliseconds)).toBe(text);
});

test("colour is for terminals, and NO_COLOR and JSON turn it off", () => {
  const painted = (options: Parameters<typeof capture>[0]) => capture(options).output.paint("red", "x");
  expect(painted({ isTTY: true })).toBe("\u001B[31mx\u001B[39m");
  expect(painted({ isTTY: false })).toBe("x");
  expect(painted({ isTTY: true, noColor: true })).toBe("x");
  expect(painted({ isTTY: true, isJson: true })).toBe("x");
});

test("in JSON mode stdout holds the value and nothing for people", () => {
  const { output, text } = capture({ isJson: true });
  output.print("for people");
  output.table(["A"], [["b"]]);
  output.json({ a: 1 });
  expect(JSON.parse(text())).toEqual({ a: 1 });
});

test("a line that a narrow terminal would wrap is cut to its columns, colours not counted", () => {
  const line = `\u001B[31m✗\u001B[0m api  3/4`;
  expect(cutLine(line, 10)).toBe(line);
  expect(cutLine(line, 8)).toBe("✗ api  …");
});
