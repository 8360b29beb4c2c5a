/** Examples of the reference page; a test parses each. */
export const referenceExamples: readonly { title: string; text: string }[] = [
  {
    title: "A Python project whose tests run in four shards:",
    text: `version: 1
suites:
  api:
    tool: pytest
    path: tests/api
    shards: 4
    retries: 1
    resources: {cpu: 500m, memory: 512Mi}
`,
  },
  {
    title: "Two tools, one of them only in clusters with a label:",
    text: `version: 1
suites:
  unit: {tool: node, path: test}
  browser:
    tool: vitest
    shards: 2
    clusters: {labels: {region: west}}
    artifacts: ["screenshots/**"]
`,
  },
  {
    title: "Any other tool, by image and command, with its reports:",
    text: `version: 1
suites:
  load:
    image: grafana/k6:1.2.0
    command: k6 run --tag commit="\${change.sha}" load.js
    timeout: 10m
  contract:
    image: registry.example.com/contract-tests:2.1
    command: [contract-tests, --part, "\${shard.index}", --of, "\${shard.count}"]
    shards: 3
    reports: {junit: "out/*.xml"}
    env: {LOG_LEVEL: debug}
`,
  },
];
