import { expect, test } from "vitest";
import { formatConfigurationError, parseConfiguration } from "./parse-configuration.ts";

const withClusters = (text: string) =>
  parseConfiguration(`version: 1\nsuites:\n  api: {tool: pytest, clusters: ${text}}\n`);

test("tolerations and a spread are short or long", () => {
  const { configuration } = withClusters("{tolerate: [gpu, team=payments, empty=], spread: region}");
  expect(configuration?.suites[0]?.clusters).toMatchObject({
    tolerate: [
      { key: "gpu", value: null },
      { key: "team", value: "payments" },
      { key: "empty", value: "" },
    ],
    spread: { label: "region", min: 0, max: null },
  });
  const long = withClusters("{spread: {label: region, min: 1, max: 4}}");
  expect(long.configuration?.suites[0]?.clusters.spread).toEqual({ label: "region", min: 1, max: 4 });
});

test("an environment tolerates too", () => {
  const { configuration } = parseConfiguration(
    "version: 1\nsuites: {api: {tool: pytest}}\nenvironments: {preview: {chart: deploy, clusters: {tolerate: [gpu]}}}\n",
  );
  expect(configuration?.environments[0]?.clusters.tolerate).toEqual([{ key: "gpu", value: null }]);
});

test.each([
  ["{tolerate: [a b]}", "write a key, or a key with its value, as in gpu or team=payments"],
  ["{tolerate: gpu}", "write a list of keys, or keys with their value, as in [gpu, team=payments]"],
  ["{spread: {label: region, min: 5, max: 2}}", "write a 'min' that is not above 'max'"],
  ["{spread: {label: region, most: 2}}", "known here: label, min, max"],
])("what is wrong in %s is said with its fix", (text, fix) => {
  const errors = withClusters(text).errors ?? [];
  expect(errors.map((error) => formatConfigurationError(error, "seatrial.yaml")).join("\n")).toContain(fix);
});
