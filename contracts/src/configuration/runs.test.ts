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
      trigger: {
        kind: "schedule",
        cron: "0 2 * * 1-5",
        timezone: "UTC",
        overlap: "skip",
        catchUpSeconds: 3_600,
      },
      priority: 0,
      suites: ["api", "web"],
      optional: [],
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
      ...{ trigger: { timezone: "Europe/Berlin", overlap: "queue", catchUpSeconds: 7_200 }, priority: -10 },
      ...{ suites: ["web"], environment: "preview", each: "region" },
    },
  ]);
});

test("a run of pull requests takes each that is no draft, unless more is written", () => {
  const { configuration } = parseConfiguration(
    file(`  all: {when: {pull_request: true}}
  some:
    when: {pull_request: {paths: ["deploy/**"], branches: [main], drafts: true, labels: [preview]}}
    optional: [web]
`),
  );
  expect(configuration?.runs.map(({ name, trigger, optional }) => ({ name, trigger, optional }))).toEqual([
    {
      name: "all",
      trigger: { kind: "pull_request", paths: [], branches: [], drafts: false, labels: [] },
      optional: [],
    },
    {
      name: "some",
      trigger: {
        ...{ kind: "pull_request", paths: ["deploy/**"], branches: ["main"], drafts: true },
        labels: ["preview"],
      },
      optional: ["web"],
    },
  ]);
});

test("a run brings the environment that its suites ask for", () => {
  const errorsWith = (run: string) =>
    (
      parseConfiguration(`version: 1
environments:
  preview: {chart: deploy, expose: {web: 80}}
  bare: {chart: deploy}
suites:
  api: {tool: pytest, env: {URL: "\${environment.web.url}"}}
  load: {image: k6, command: "k6 \${environment.id} \${environment.web.url}"}
  unit: {tool: node}
runs:
  each: ${run}
`).errors ?? []
    ).map((error) => formatConfigurationError(error, "f"));
  expect(errorsWith("{when: {pull_request: true}, environment: preview}")).toEqual([]);
  expect(errorsWith("{when: {pull_request: true}, suites: [unit]}")).toEqual([]);
  expect(errorsWith("{when: {pull_request: true}, suites: [api]}")).toEqual([
    "f:10:9: runs.each: suite 'api' uses ${environment.web.url} and the run names no environment (write environment: preview)",
  ]);
  expect(errorsWith("{when: {pull_request: true}, environment: bare, suites: [load]}")).toEqual([
    "f:10:9: runs.each: suite 'load' uses ${environment.web.url}, which 'bare' does not have (expose it there, or use one of: id, namespace)",
  ]);
});

test("a file has at most 100 runs", () => {
  const many = Array.from({ length: 101 }, (_, at) => `  r${at}: {when: {pull_request: true}}\n`).join("");
  expect(errorsOf(many)).toEqual([
    expect.stringMatching(/^f:8:3: runs: found keys and values \(write at most 100 names and runs/),
  ]);
});

test.each([
  [
    "{when: {}}",
    "f:8:13: runs.nightly.when: says neither 'schedule' nor 'pull_request' (write schedule: \"0 2 * * *\", or pull_request: true)",
  ],
  [
    '{when: {schedule: "0 2 * * *", pull_request: true}}',
    "f:8:43: runs.nightly.when.pull_request: stands beside 'schedule' (write two runs, one for each)",
  ],
  [
    "{when: {pull_request: true, timezone: UTC}}",
    "f:8:40: runs.nightly.when.timezone: is only for a schedule (remove it)",
  ],
  [
    "{when: {pull_request: true}, overlap: skip, catchUp: 1h}",
    "f:8:41: runs.nightly.overlap: is only for runs with a schedule (remove it)|f:8:56: runs.nightly.catchUp: is only for runs with a schedule (remove it)",
  ],
  [
    "{when: {pull_request: false}}",
    "f:8:34: runs.nightly.when.pull_request: found false (write true, or keys and values, as in {branches: [main]})",
  ],
  [
    "{when: {pull_requests: true}}",
    "f:8:13: runs.nightly.when: says neither 'schedule' nor 'pull_request' (write schedule: \"0 2 * * *\", or pull_request: true)|f:8:20: runs.nightly.when.pull_requests: unknown key 'pull_requests' (did you mean 'pull_request'?)",
  ],
  [
    "{when: {pull_request: {draft: true}}}",
    "f:8:35: runs.nightly.when.pull_request.draft: unknown key 'draft' (did you mean 'drafts'?)",
  ],
  [
    "{when: {pull_request: {paths: deploy}}}",
    'f:8:42: runs.nightly.when.pull_request.paths: found the text "deploy" (write a list of at most 50 paths, as in [deploy/**, src/**])',
  ],
  [
    '{when: {pull_request: {paths: ["!docs/**"]}}}',
    "f:8:43: runs.nightly.when.pull_request.paths[0]: excludes with '!', which is not known (list what counts instead)",
  ],
  [
    "{when: {pull_request: {branches: [main, release/]}}}",
    "f:8:52: runs.nightly.when.pull_request.branches[1]: ends with '/' and would match nothing (write release/** for all below it)",
  ],
  [
    "{when: {pull_request: {labels: [1]}}}",
    "f:8:44: runs.nightly.when.pull_request.labels[0]: found the number 1 (write a label's name, as in needs-preview)",
  ],
  [
    "{when: {pull_request: true}, optional: [apo]}",
    "f:8:52: runs.nightly.optional[0]: there is no suite 'apo' in this file (did you mean 'api'?)",
  ],
  [
    "{when: {pull_request: true}, suites: [api], optional: [web]}",
    "f:8:67: runs.nightly.optional[0]: 'web' is no suite of this run (add it to 'suites', or remove it)",
  ],
  [
    '{when: {schedule: "0 2 * * *"}, optional: [web, api]}',
    "f:8:54: runs.nightly.optional: names every suite of this run (leave out those that must be green)",
  ],
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
