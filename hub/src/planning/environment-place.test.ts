import { suiteSpecSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import { expect, test } from "vitest";
import { onlyClusterFor } from "./environment-place.ts";

const endpoint = (name: string, reach: "cluster" | "network") => ({ name, reach });
const placeWith = (...endpoints: ReturnType<typeof endpoint>[]) => ({
  ...{ clusterId: "c-1", cluster: "east", labels: {}, endpoints },
});
const suite = (url: string) =>
  suiteSpecSchema.parse({ name: "api", tool: null, image: "a:1", command: ["run", url] });
const value = (name: string) => `\${environment.${name}}`;
const both = placeWith(endpoint("web", "network"), endpoint("admin", "cluster"));

test.each([
  ["a run without environment", null, "", null],
  ["an environment without endpoints", placeWith(), "", "c-1"],
  ["endpoints of the whole network", placeWith(endpoint("web", "network")), "", null],
  ["a suite that names no endpoint where one is of the cluster", both, "", "c-1"],
  ["a suite that names an endpoint of the network", both, value("web.url"), null],
  ["a suite that names an endpoint of the cluster", both, value("admin.host"), "c-1"],
  ["a suite that names both", both, value("web.url") + value("admin.url"), "c-1"],
  ["a suite that names only the id", both, value("id"), "c-1"],
])("%s is reached from where its endpoints say", (_what, place, text, expected) => {
  expect(onlyClusterFor(place, suite(text))).toBe(expected);
});
