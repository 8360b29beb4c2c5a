import { expect, test } from "vitest";
import { parseConfiguration } from "./parse-configuration.ts";
import { fillChange } from "./variables.ts";

const suite = parseConfiguration(
  `version: 1
suites:
  a: {image: x, command: [run, "\${change.branch}", "\${shard.index}"], env: {SHA: "at \${change.sha}"}}
`,
).configuration?.suites[0];

test("a change fills its own variables and leaves the shard's for the pod", () => {
  if (!suite) throw new Error("the suite did not parse");
  const filled = fillChange(suite, { sha: "4f2c1e9", branch: "main" });
  expect(filled.command).toEqual(["run", "main", "${shard.index}"]);
  expect(filled.env).toEqual({ SHA: "at 4f2c1e9" });
});

test("a change that is not known leaves nothing behind", () => {
  if (!suite) throw new Error("the suite did not parse");
  expect(fillChange(suite, null).command).toEqual(["run", "", "${shard.index}"]);
});
