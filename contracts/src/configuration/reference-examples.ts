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
    title:
      "The same suite in every region, so that `seatrial runs compare` can say where it behaves otherwise:",
    text: `version: 1
suites:
  api:
    tool: pytest
    path: tests/api
    clusters: {labels: {tier: staging}, each: region}
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
  {
    title: "An environment of its own for each run, from a Helm chart, and a suite that tests it:",
    text: `version: 1
environments:
  preview:
    chart: deploy/chart
    values: [deploy/preview.yaml, {ingress: {enabled: false}}]
    images: {ghcr.io/acme/checkout: "ghcr.io/acme/checkout:\${change.sha}"}
    expose: {web: 8080}
    ready: {get: /readyz, times: 3}
    ttl: 4h
suites:
  api:
    tool: pytest
    path: tests/api
    env: {BASE_URL: "\${environment.web.url}"}
`,
  },
  {
    title: "Several parts: the second gets an address of the first:",
    text: `version: 1
environments:
  preview:
    components:
      - manifests: deploy/database
        outputs: {host: {object: Service/database, field: spec.clusterIP}}
      - chart: deploy/shop
        values: {database: {host: "\${components.database.host}"}}
    expose: {web: {service: shop, port: 80}}
    podSecurity: restricted
suites:
  api: {tool: pytest, path: tests/api}
`,
  },
  {
    title: "A run of every working day at two in the night, told to the hub by `seatrial schedules apply`:",
    text: `version: 1
environments:
  preview: {chart: deploy/chart, expose: {web: 8080}}
suites:
  api: {tool: pytest, path: tests/api, env: {BASE_URL: "\${environment.web.url}"}}
  browser: {tool: vitest, path: e2e}
runs:
  nightly:
    when: {schedule: "0 2 * * 1-5", timezone: Europe/Berlin}
    suites: [api, browser]
    environment: preview
    overlap: skip
    catchUp: 1h
    priority: -10
`,
  },
  {
    title:
      "Each commit of a pull request to `main` that changes the chart or the program gets an environment of its own and a check; the load test is shown but cannot fail it:",
    text: `version: 1
environments:
  preview:
    chart: deploy/chart
    images: {ghcr.io/acme/checkout: "ghcr.io/acme/checkout:\${change.sha}"}
    expose: {web: 8080}
suites:
  api: {tool: pytest, path: tests/api, env: {BASE_URL: "\${environment.web.url}"}}
  load:
    image: grafana/k6:1.2.0
    command: k6 run load.js
    env: {BASE_URL: "\${environment.web.url}"}
runs:
  pull-request:
    when: {pull_request: {branches: [main], paths: ["deploy/**", "src/**"]}}
    environment: preview
    suites: [api, load]
    optional: [load]
`,
  },
];
