import { expect, test } from "vitest";
import { formatConfigurationError, parseConfiguration } from "./parse-configuration.ts";

const file = (runs: string) => `version: 1
environments:
  preview: {chart: deploy}
suites:
  api: {tool: pytest}
  web: {tool: node}
runs:
${runs}`;
const errorsOf = (runs: string) =>
  (parseConfiguration(file(runs)).errors ?? []).map((error) => formatConfigurationError(error, "f"));

test("a run of a schedule has every default filled in", () => {
  const { configuration } = parseConfiguration(file('  nightly: {when: {schedule: "0 2 * * 1-5"}}'));
  expect(configuration?.runs).toEqual([
    {
      name: "nightly",
      cron: "0 2 * * 1-5",
      timezone: "UTC",
      overlap: "skip",
      catchUpSeconds: 3_600,
      priority: 0,
      suites: ["api", "web"],
      environment: null,
      each: null,
    },
  ]);
});

test("what is written is kept", () => {
  const { configuration } = parseConfiguration(
    file(`  nightly:
    when: {schedule: "0 2 * * *", timezone: Europe/Berlin}
    suites: [web]
    environment: preview
    clusters: {each: region}
    overlap: queue
    catchUp: 2h
    priority: -10
`),
  );
  expect(configuration?.runs).toMatchObject([
    {
      ...{ timezone: "Europe/Berlin", overlap: "queue", catchUpSeconds: 7_200, priority: -10 },
      ...{ suites: ["web"], environment: "preview", each: "region" },
    },
  ]);
});

test.each([
  [
    '{when: {schedule: "0 2 * *"}}',
    'f:8:30: runs.nightly.when.schedule: "0 2 * *" has 4 fields: write minute, hour, day of month, month and day of week, as in 0 2 * * 1-5',
  ],
  [
    '{when: {schedule: "0 0 31 2 *"}}',
    'f:8:30: runs.nightly.when.schedule: "0 0 31 2 *" never comes: no day is like that',
  ],
  [
    '{when: {schedule: "0 2 * * *", timezone: Europe/Berlyn}}',
    'f:8:53: runs.nightly.when.timezone: "Europe/Berlyn" is no time zone that is known: write one, as in Europe/Berlin or UTC',
  ],
  [
    '{when: {schedule: "0 2 * * *"}, suites: [apo]}',
    "f:8:53: runs.nightly.suites[0]: there is no suite 'apo' in this file (did you mean 'api'?)",
  ],
  [
    '{when: {schedule: "0 2 * * *"}, suites: [api, api]}',
    "f:8:58: runs.nightly.suites[1]: 'api' is there already (remove it)",
  ],
  [
    '{when: {schedule: "0 2 * * *"}, environment: live}',
    "f:8:57: runs.nightly.environment: there is no environment 'live' in this file (this file has: preview)",
  ],
  [
    "{when: {pull_request: {drafts: false}}}",
    "f:8:13: runs.nightly.when.schedule: is missing (write five fields in quotes, as in \"0 2 * * 1-5\")|f:8:20: runs.nightly.when.pull_request: 'pull_request' is not supported yet (remove it for now)",
  ],
  [
    '{when: {schedule: "0 2 * * *"}, compare: clusters}',
    "f:8:44: runs.nightly.compare: 'compare' is not supported yet (remove it for now)",
  ],
  [
    '{when: {schedule: "0 2 * * *"}, overlap: wait}',
    'f:8:53: runs.nightly.overlap: found the text "wait" (write one of skip, queue, cancel, allow)',
  ],
  [
    '{when: {schedule: "0 2 * * *"}, catchUp: 1s}',
    'f:8:53: runs.nightly.catchUp: found the text "1s" (write a length of time from 10s to 168h with its unit, as in 1h)',
  ],
  [
    '{when: {schedule: "0 2 * * *"}, catchup: 1h}',
    "f:8:44: runs.nightly.catchup: unknown key 'catchup' (did you mean 'catchUp'?)",
  ],
])("%s is refused with its place", (run, said) => {
  expect(errorsOf(`  nightly: ${run}`).join("|")).toBe(said);
});
