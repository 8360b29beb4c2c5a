import { describe, expect, test } from "vitest";
import { formatConfigurationError, parseConfiguration } from "./parse-configuration.ts";

const file = (environment: string, suite = "a: {tool: node}") =>
  `version: 1\nsuites:\n  ${suite}\nenvironments:\n  preview:\n${environment.replace(/^/gm, "    ")}\n`;
const parsed = (environment: string, suite?: string) => {
  const { configuration, errors } = parseConfiguration(file(environment, suite));
  if (errors) throw new Error(errors.map((error) => formatConfigurationError(error, "f")).join("\n"));
  return configuration;
};
const errorsOf = (environment: string, suite?: string) =>
  (parseConfiguration(file(environment, suite)).errors ?? []).map((error) =>
    formatConfigurationError(error, "f"),
  );

describe("an environment", () => {
  test("of one chart has every default filled in", () => {
    expect(parsed("chart: deploy/chart\nexpose: {web: 8080}\nready: {get: /readyz}").environments).toEqual([
      {
        name: "preview",
        template: {
          components: [
            {
              name: "chart",
              kind: "chart",
              path: "deploy/chart",
              valueFiles: [],
              values: {},
              images: {},
              outputs: {},
            },
          ],
          expose: {
            web: { service: null, port: 8080, reach: "cluster", ready: { get: "/readyz", times: 3 } },
          },
          podSecurity: "baseline",
          timeoutSeconds: 600,
          waitForIngress: false,
        },
        clusters: { labels: {}, tolerate: [] },
        ttlSeconds: 14_400,
        keepOnFailureSeconds: 0,
      },
    ]);
  });

  test("may be several components with files, written values, images and outputs", () => {
    const [environment] = parsed(
      [
        "components:",
        "- manifests: deploy/database.yaml",
        "  outputs: {host: {object: Service/database, field: spec.clusterIP}}",
        "- chart: charts/shop",
        "  values: [a.yaml, b.yaml, {database: {host: '${components.database.host}'}}, {database: {port: 5432}}]",
        "  images: {shop: 'shop:${change.sha}'}",
        "ttl: 90m\nkeepOnFailure: 1h\ntimeout: 5m\npodSecurity: restricted\nclusters: {labels: {region: west}}",
        "expose: {web: {service: shop, port: 80, reach: network, ready: {times: 1}}}",
      ].join("\n"),
    ).environments;
    expect(environment?.template.components).toMatchObject([
      { name: "database", kind: "manifests", outputs: { host: { object: "Service/database" } } },
      {
        name: "shop",
        valueFiles: ["a.yaml", "b.yaml"],
        values: { database: { host: "${components.database.host}", port: 5432 } },
        images: { shop: "shop:${change.sha}" },
      },
    ]);
    expect(environment).toMatchObject({
      ttlSeconds: 5_400,
      keepOnFailureSeconds: 3_600,
      clusters: { labels: { region: "west" }, tolerate: [] },
    });
    expect(environment?.template).toMatchObject({
      timeoutSeconds: 300,
      podSecurity: "restricted",
      expose: { web: { ready: { get: null, times: 1 } } },
    });
  });

  test("gives its endpoints to suites; in a command for the shell as the shell's own variables", () => {
    const suite =
      "a: {image: x, command: 'curl \"${environment.web-ui.url}\"', env: {HOST: '${environment.web-ui.host}'}}";
    const [made] = parsed("chart: c\nexpose: {web-ui: 80}", suite).suites;
    expect(made?.command?.[2]).toBe('curl "${SEATRIAL_ENVIRONMENT_WEB_UI_URL}"');
    expect(made?.env).toEqual({ HOST: "${environment.web-ui.host}" });
  });
});

describe("a wrong environment is refused with line, column, field, what was found and what to write", () => {
  test.each([
    [
      "expose: {web: 80}",
      "f:5:3: environments.preview: has none of 'chart', 'kustomize', 'manifests', 'components' (write one of them)",
    ],
    [
      "chart: a\nkustomize: b",
      "f:7:5: environments.preview.kustomize: cannot stand beside 'chart' (keep one, or write components: [{chart: …}, {kustomize: …}])",
    ],
    [
      "program: infra",
      "f:6:5: environments.preview.program: 'program' is not supported yet (remove it for now)",
    ],
    [
      "chart: a\nimage: {}",
      "f:7:5: environments.preview.image: unknown key 'image' (did you mean 'images'?)",
    ],
    [
      "chart: ../a",
      `f:6:12: environments.preview.chart: found the text "../a" (write a relative path with '/' and no '..', as in deploy/chart)`,
    ],
    [
      "chart: a\nttl: 20d",
      'f:7:10: environments.preview.ttl: found the text "20d" (write a length of time from 1m to 336h with its unit, as in 4h)',
    ],
    [
      "chart: a\nexpose: {web: http}",
      'f:7:19: environments.preview.expose.web: found the text "http" (write a port, or keys and values, as in 8080 or {service: web, port: 8080})',
    ],
    [
      "chart: a\nexpose: {web: {prot: 80, port: 80}}",
      "f:7:20: environments.preview.expose.web.prot: unknown key 'prot' (did you mean 'port'?)",
    ],
    [
      "chart: a\nexpose: {web: {port: 80, reach: world}}",
      'f:7:37: environments.preview.expose.web.reach: found the text "world" (write one of cluster, network)',
    ],
    [
      "chart: a\nready: {get: /}",
      "f:7:5: environments.preview.ready: has nothing to ask: no endpoint is exposed (write expose: {web: 8080})",
    ],
    ["manifests: a\nvalues: {a: 1}", "f:7:5: environments.preview.values: is only for charts (remove it)"],
    [
      "chart: a\nvalues: [{a: 1}, b.yaml]",
      "f:7:22: environments.preview.values[1]: stands after written values, which always win (list files first)",
    ],
    [
      "components: [{chart: a/x}, {manifests: b/x.yaml}]",
      "f:6:32: environments.preview.components[1]: is the second with the name 'x' (write name: for one of them)",
    ],
    [
      "components: [{chart: a}]\nimages: {a: b}",
      "f:7:5: environments.preview.images: belongs to one component (write it into the component that it is for)",
    ],
    [
      "chart: a\nvalues: {tag: '${change.sh}'}",
      "f:7:19: environments.preview.values.tag: unknown variable '${change.sh}' (did you mean '${change.sha}'?)",
    ],
    [
      "chart: a-${change.sha}",
      "f:6:12: environments.preview.chart: '${change.sha}' is not filled in here (use variables in 'values' or 'images')",
    ],
    [
      "components: [{chart: a, values: {h: '${components.b.host}'}}, {chart: b, outputs: {host: {object: Service/b, field: x}}}]",
      "f:6:41: environments.preview.components[0].values.h: unknown variable '${components.b.host}' (known: change.sha, change.branch, environment.id, environment.namespace)",
    ],
  ])("%j", (environment, expected) => {
    expect(errorsOf(environment)).toContain(expected);
  });

  test("a suite that names an endpoint nobody exposes", () => {
    expect(
      errorsOf("chart: a\nexpose: {web: 80}", "a: {tool: node, env: {A: '${environment.wep.url}'}}"),
    ).toEqual([
      "f:3:28: suites.a.env.A: unknown variable '${environment.wep.url}' (did you mean '${environment.web.url}'?)",
    ]);
  });

  test("others' variables in values stay as they are, and $$ keeps ours", () => {
    expect(errorsOf("chart: a\nvalues: {a: '${spring.url}', b: '$${change.title}'}")).toEqual([]);
  });
});
