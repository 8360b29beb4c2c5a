import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  formatConfigurationError,
  parseConfiguration,
} from "@seatrial/contracts/configuration/parse-configuration.ts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askChoices, type Questions } from "./ask-choices.ts";
import { chooseDefaults } from "./choose-defaults.ts";
import { findAll } from "./find-all.ts";
import type { Choice, Found } from "./found.ts";
import { readRepository } from "./repository.ts";
import { writeConfiguration } from "./write-configuration.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-init-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** What a file says once it is read. Throws with all its mistakes. */
function parse(text: string) {
  const { configuration, errors } = parseConfiguration(text);
  if (!configuration)
    throw new Error(`${errors.map((one) => formatConfigurationError(one, "f")).join("\n")}\n${text}`);
  return configuration;
}

async function init(files: Record<string, string>) {
  await write(files);
  const found = await findAll(folder);
  const text = writeConfiguration(chooseDefaults(found));
  return { found, text, configuration: parse(text) };
}

const pytest = "import os\ndef test_one(): assert os.environ['SHOP_URL']\n";
const chart = {
  "deploy/chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
  "deploy/chart/values.yaml":
    "image: {repository: ghcr.io/acme/shop}\nservice: {type: ClusterIP, port: 80}\n",
  "deploy/chart/templates/service.yaml":
    "apiVersion: v1\nkind: Service\nspec:\n  type: {{ .Values.service.type }}\n  ports:\n    - port: {{ .Values.service.port }}\n      name: http\n",
  "deploy/chart/templates/deployment.yaml":
    "kind: Deployment\n          readinessProbe:\n            httpGet:\n              path: /readyz\n              port: http\n",
};

describe("a repository with a chart and pytest", () => {
  test("becomes an environment, a suite that finds it, and a run of pull requests", async () => {
    const { configuration, text } = await init({
      ...chart,
      "deploy/preview.yaml": "service: {port: 8080}\n",
      "tests/api/test_cart.py": pytest,
    });
    expect(configuration.environments[0]).toMatchObject({
      name: "preview",
      template: {
        components: [{ kind: "chart", path: "deploy/chart", valueFiles: ["deploy/preview.yaml"] }],
        expose: { web: { port: 8_080, reach: "cluster", ready: { get: "/readyz", times: 3 } } },
      },
    });
    expect(configuration.suites).toMatchObject([
      { name: "api", tool: "pytest", path: "tests/api", env: { SHOP_URL: "${environment.web.url}" } },
    ]);
    expect(configuration.runs).toMatchObject([{ trigger: { kind: "pull_request" }, environment: "preview" }]);
    expect(text).toContain('images: {ghcr.io/acme/shop: "ghcr.io/acme/shop:${change.sha}"}');
  });

  test("explains every line beside it or above it", async () => {
    const { text } = await init({ ...chart, "tests/test_a.py": pytest });
    const lines = text.trimEnd().split("\n");
    for (const [index, line] of lines.entries())
      expect(line.includes("#") || lines[index - 1]?.trim().startsWith("#"), line).toBe(true);
    for (const line of lines) expect(line.length, line).toBeLessThan(160);
  });

  test("an open Service is reached from the network, as it would be refused otherwise", async () => {
    const { configuration } = await init({
      ...chart,
      "deploy/chart/values.yaml": "service: {type: NodePort, port: 80}\n",
    });
    expect(configuration.environments[0]?.template.expose.web).toMatchObject({ port: 80, reach: "network" });
  });

  test("charts inside of charts and libraries are no environments", async () => {
    const { found } = await init({
      ...chart,
      "deploy/chart/charts/redis/Chart.yaml": "name: redis\n",
      "lib/Chart.yaml": "name: lib\ntype: library\n",
    });
    expect(found.environments.map(({ path }) => path)).toEqual(["deploy/chart"]);
  });

  test("no tests: a suite that asks whether it answers", async () => {
    const { configuration } = await init(chart);
    expect(configuration.suites).toMatchObject([{ name: "smoke", image: "curlimages/curl:8.11.1" }]);
  });
});

describe("what else an environment is made of", () => {
  const service =
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 8000, name: http}]}\n";
  const deployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, image: acme/web:1}]}}}\n";

  test("the overlay for previews, with what its base says", async () => {
    const { configuration } = await init({
      "k8s/base/kustomization.yaml": "resources: [all.yaml]\n",
      "k8s/base/all.yaml": `${service}---\n${deployment}`,
      "k8s/overlays/production/kustomization.yaml": "resources: [../../base]\n",
      "k8s/overlays/preview/kustomization.yaml": "resources: [../../base]\n",
    });
    expect(configuration.environments[0]?.template).toMatchObject({
      components: [{ kind: "kustomization", path: "k8s/overlays/preview" }],
      expose: { web: { port: 8_000 } },
    });
  });

  test("a kustomization that fetches something is not offered", async () => {
    const { found } = await init({
      "k8s/kustomization.yaml": "resources: [https://example.com/all.yaml]\n",
      "tests/test_a.py": pytest,
    });
    expect(found.environments).toEqual([]);
  });

  test("a folder of manifests, and not one with other files", async () => {
    const { configuration, found } = await init({
      "deploy/all.yaml": `${service}---\n${deployment}`,
      "docker/compose.yaml": "services: {web: {image: x}}\n",
      "docker/web.yaml": deployment,
    });
    expect(configuration.environments[0]?.template.components).toMatchObject([
      { kind: "manifests", path: "deploy" },
    ]);
    expect(found.environments.map(({ path }) => path)).toEqual(["deploy", "docker/web.yaml"]);
  });
});

describe("suites", () => {
  const suitesOf = async (files: Record<string, string>) =>
    (await init(files)).configuration.suites.map(({ name, tool, image, path, arguments: words, shards }) => ({
      ...{ name, tool, image, path, shards },
      words: words.join(" "),
    }));

  test("pytest starts where the project is that its tests import", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => [`services/shop/tests/test_${at}.py`, pytest]),
    );
    expect(await suitesOf({ ...files, "services/shop/pyproject.toml": "" })).toEqual([
      { name: "shop", tool: "pytest", image: null, path: "services/shop", words: "tests", shards: 2 },
    ]);
  });

  test("kinds of tests are suites of their own", async () => {
    expect(await suitesOf({ "tests/unit/test_a.py": pytest, "tests/e2e/test_b.py": pytest })).toMatchObject([
      { name: "e2e", path: "tests/e2e" },
      { name: "unit", path: "tests/unit" },
    ]);
  });

  test("vitest by its package, node by what files import, and no file is of both", async () => {
    expect(
      await suitesOf({
        "web/package.json": '{"devDependencies": {"vitest": "5.0.0"}}',
        "web/src/a.test.ts": 'import { test } from "vitest";',
        "test/b.test.mjs": 'import test from "node:test";',
        "test/text.test.mjs": `const text = 'import test from "node:test"';`,
      }),
    ).toMatchObject([
      { name: "node", tool: "node", path: "test" },
      { name: "web", tool: "vitest", path: "web" },
    ]);
  });

  test("playwright by image and command, in as many parts as asked", async () => {
    const { configuration } = await init({
      "package.json": '{"devDependencies": {"@playwright/test": "^1.56.1"}}',
      "e2e/playwright.config.ts": "export default { use: { baseURL: process.env.BASE_URL } };",
      "e2e/cart.spec.ts": "",
      ...chart,
    });
    expect(configuration.suites).toMatchObject([
      {
        ...{ name: "e2e", image: "mcr.microsoft.com/playwright:v1.56.1-noble", path: "e2e" },
        env: { BASE_URL: "${environment.web.url}", PLAYWRIGHT_JUNIT_OUTPUT_NAME: "results.xml" },
        reports: { junit: ["results.xml"] },
      },
    ]);
  });

  test.each([
    ["go.mod", "module x\n\ngo 1.25\n", "cart_test.go", "golang:1.25"],
    ["pom.xml", "", "src/test/java/CartTest.java", "maven:3-eclipse-temurin-21"],
    ["build.gradle.kts", "", "src/test/kotlin/CartTest.kt", "gradle:8-jdk21"],
    ["Cargo.toml", "", "tests/cart.rs", "rust:1"],
  ])("%s by image and command", async (marker, text, file, image) => {
    expect(await suitesOf({ [marker]: text, [file]: "" })).toMatchObject([{ tool: null, image }]);
  });
});

describe("hostile and large repositories", () => {
  test("links are not followed, and dependencies are not looked at", async () => {
    const outside = await mkdtemp(join(tmpdir(), "seatrial-outside-"));
    await writeFile(join(outside, "test_a.py"), pytest);
    await write({ "node_modules/x/test_b.py": pytest, ".venv/test_c.py": pytest, "a/test_d.py": pytest });
    await symlink(outside, join(folder, "tests"));
    await symlink(join(outside, "test_a.py"), join(folder, "test_a.py"));
    expect((await readRepository(folder)).files).toEqual(["a/test_d.py"]);
    await rm(outside, { recursive: true });
  });

  test("a file that became a link after it was listed is not read", async () => {
    await write({ "a.yaml": "x: 1\n" });
    const repository = await readRepository(folder);
    await rm(join(folder, "a.yaml"));
    await symlink("/etc/passwd", join(folder, "a.yaml"));
    expect(await repository.read("a.yaml")).toBeNull();
    expect(await repository.read("../../etc/passwd")).toBeNull();
  });

  test("names that could be read as something else are left out", async () => {
    await write({
      "tests/test_${change.sha}.py": pytest,
      "a # b/test_a.py": pytest,
      "x\n  evil: 1/test_b.py": pytest,
      "'/test_c.py": pytest,
      "-rf/test_d.py": pytest,
    });
    expect((await readRepository(folder)).files).toEqual([]);
  });

  test("a deep and a wide tree are looked at in part, and it says so", async () => {
    await write({ [`${"d/".repeat(40)}test_a.py`]: pytest, "tests/test_b.py": pytest });
    const { isCut, files } = await readRepository(folder);
    expect([isCut, files]).toEqual([true, ["tests/test_b.py"]]);
  });

  test("broken, huge and hostile YAML is not understood, and nothing throws", async () => {
    const bomb = `a: &a [${"x,".repeat(50)}]\n${Array.from({ length: 8 }, (_, at) => `b${at}: &b${at} [${"*a,".repeat(60)}]`).join("\n")}\n`;
    const { found } = await init({
      "one/Chart.yaml": "a: [",
      "two/Chart.yaml": "[".repeat(50_000),
      "three/Chart.yaml": bomb,
      "four/Chart.yaml": `a: ${"x".repeat(300_000)}`,
      "k/kustomization.yaml": "resources: [., .., ../../../etc]\n",
      "package.json": '{"devDependencies": [1, {"vitest": {}}]}',
      "tests/test_a.py": pytest,
    });
    expect(found.suites).toHaveLength(1);
  });

  test("whatever the names and contents, the written file can be read", async () => {
    const part = fc.oneof(
      fc.constantFrom(
        "tests",
        "api",
        "true",
        "null",
        "1.2",
        "no",
        "a b",
        "@x",
        "+",
        "..",
        "e2e",
        "Ünï",
        "${x}",
        "chart",
      ),
      fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).filter((it) => !/[/\0]/.test(it)),
    );
    const file = fc.constantFrom(
      ...[
        "test_a.py",
        "a.test.ts",
        "Chart.yaml",
        "values.yaml",
        "kustomization.yaml",
        "web.yaml",
        "package.json",
      ],
      ...[
        "playwright.config.ts",
        "go.mod",
        "a_test.go",
        "pyproject.toml",
        "templates/service.yaml",
        "preview.yaml",
      ],
    );
    const text = fc.constantFrom(
      ...[
        pytest,
        "name: x\n",
        "{}",
        'import "node:test"',
        '{"devDependencies": {"vitest": "1", "jest": "1"}}',
      ],
      ...Object.values(chart),
      '{"dependencies": {"@playwright/test": "x # y\\n1.2.3"}}',
      "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {type: NodePort, ports: [{port: 81}]}\n",
      "apiVersion: v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: 'a b:1'}, {image: x}]}}}\n",
    );
    const tree = fc.array(fc.tuple(fc.array(part, { maxLength: 3 }), file, text), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(tree, fc.boolean(), async (files, onPullRequests) => {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder, { recursive: true });
        for (const [parts, name, content] of files)
          if (!parts.some((one) => one === ".." || one === "."))
            await write({ [[...parts, name].join("/")]: content }).catch(() => undefined);
        const found = await findAll(folder);
        if (found.environments.length + found.suites.length === 0) return;
        parse(writeConfiguration({ ...chooseDefaults(found), onPullRequests }));
        for (const environment of found.environments)
          parse(
            writeConfiguration({ ...chooseDefaults({ ...found, environments: [environment] }), suites: [] }),
          );
      }),
      { numRuns: 150 },
    );
  });
});

describe("questions", () => {
  const found = async (): Promise<Found> => {
    await write({ ...chart, "tests/unit/test_a.py": pytest, "tests/e2e/test_b.py": pytest });
    return findAll(folder);
  };
  const answers = (change: Partial<Questions>): Questions => ({
    select: async ({ initialValue }) => initialValue,
    selectMany: async ({ initialValues }) => initialValues,
    confirm: async ({ initialValue }) => initialValue,
    ...change,
  });

  test("the first answers are what is taken when nobody is asked", async () => {
    const all = await found();
    expect(await askChoices(all, answers({}))).toEqual(chooseDefaults(all));
  });

  test("what is chosen is what is written", async () => {
    const choice = await askChoices(
      await found(),
      answers({
        select: async ({ options }) => options.at(-1)?.value ?? null,
        selectMany: async ({ initialValues }) => initialValues.slice(1),
        confirm: async () => false,
      }),
    );
    const { environments, suites, runs } = parse(writeConfiguration(choice as Choice));
    expect([environments, suites.map(({ name }) => name), runs]).toEqual([[], ["unit"], []]);
  });

  test.each(["select", "selectMany", "confirm"] as const)("stopping at %s stops all", async (which) => {
    expect(await askChoices(await found(), answers({ [which]: async () => null }))).toBeNull();
  });
});
