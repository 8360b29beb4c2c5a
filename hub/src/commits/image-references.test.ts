import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import { parseConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import { describe, expect, it } from "vitest";
import { imageReferences, isImageReference, pinImages } from "./image-references.ts";

const change = { sha: "4f2c1e9", branch: "feature", title: null, dirty: false };
const digest = `sha256:${"b".repeat(64)}`;

function configurationOf(images: string): ResolvedConfiguration {
  const { configuration, errors } = parseConfiguration(`version: 1
suites: {smoke: {image: "busybox:1", command: ["true"]}}
environments:
  preview: {manifests: app.yaml, images: ${images}}
  other: {manifests: app.yaml, images: {x: "example.com/unused:1"}}
runs: {checks: {when: {pull_request: true}, environment: preview}}
`);
  if (configuration === undefined) throw new Error(JSON.stringify(errors));
  return configuration;
}

describe("images of a commit's environments", () => {
  it("are those of the environments that its runs use, with the commit filled in, each once", () => {
    const configuration = configurationOf(
      `{a: "example.com/a:\${change.sha}", b: "example.com/a:\${change.sha}", c: "localhost:5000/c:\${change.branch}"}`,
    );
    expect(imageReferences(configuration, configuration.runs, change)).toEqual([
      "example.com/a:4f2c1e9",
      "localhost:5000/c:feature",
    ]);
    expect(imageReferences(configuration, [], change)).toEqual([]);
  });

  it("are not asked for when a digest pins them or the environment must be there to know them", () => {
    const configuration = configurationOf(
      `{a: "example.com/a@${digest}", b: "example.com/b:\${environment.id}"}`,
    );
    expect(imageReferences(configuration, configuration.runs, change)).toEqual([]);
  });

  it("are pinned by name and digest, a registry's port included, and left alone while unknown", () => {
    const images = `{a: "localhost:5000/a:\${change.sha}", b: "localhost:5000/b", c: "example.com/c:1"}`;
    const [preview] = configurationOf(images).environments;
    if (preview === undefined) throw new Error("there is no environment");
    const digests = {
      "localhost:5000/a:4f2c1e9": digest,
      "localhost:5000/b": digest,
      "example.com/c:1": null,
    };
    expect(pinImages(preview.template, change, digests).components[0]?.images).toEqual({
      a: `localhost:5000/a@${digest}`,
      b: `localhost:5000/b@${digest}`,
      c: "example.com/c:1",
    });
  });

  it.each([
    ["busybox", true],
    ["ghcr.io/acme/check-out:4f2c1e9", true],
    ["localhost:5000/a/b__c:v1.2_3-x", true],
    ["example.com/a:feature/one", false],
    ["example.com/A:1", false],
    ["example.com/a:", false],
    ["", false],
    ["a b", false],
    [`${"a-".repeat(200)}!`, false],
  ])("know that %j is a reference: %j", (text, expected) => {
    expect(isImageReference(text)).toBe(expected);
  });
});
