import { describe, expect, test } from "vitest";
import { formatConfigurationError, parseConfiguration } from "./parse-configuration.ts";

const withClusters = (clusters: string) =>
  `version: 1\nsuites:\n  api: {tool: pytest, clusters: ${clusters}}\nenvironments:\n  preview: {chart: deploy}\n`;
const errorsOf = (text: string) =>
  (parseConfiguration(text).errors ?? []).map((error) => formatConfigurationError(error, "f"));

describe("clusters: {each: …}", () => {
  test("is a part of the suite, beside its labels", () => {
    const { configuration } = parseConfiguration(withClusters("{each: region, labels: {tier: staging}}"));
    expect(configuration?.suites[0]?.clusters).toMatchObject({ each: "region", labels: { tier: "staging" } });
    expect(parseConfiguration(withClusters("{}")).configuration?.suites[0]?.clusters.each).toBeNull();
  });

  test("is the key of a label", () => {
    expect(errorsOf(withClusters("{each: [east, west]}"))).toEqual([
      "f:3:40: suites.api.clusters.each: found a list (write the label of a cluster, as in region, or cluster for each of them)",
    ]);
  });

  test("is nothing that an environment could have", () => {
    const text = withClusters("{}").replace("deploy}", "deploy, clusters: {each: region}}");
    expect(errorsOf(text)).toEqual([
      "f:5:39: environments.preview.clusters.each: 'each' is not supported yet (remove it for now)",
    ]);
  });
});
