import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { formatConfigurationError, parseConfiguration } from "./parse-configuration.ts";

const suitesOf = (text: string) => {
  const parsed = parseConfiguration(text);
  if (parsed.errors)
    throw new Error(parsed.errors.map((error) => formatConfigurationError(error, "f")).join("\n"));
  return parsed.configuration.suites;
};
const errorsOf = (text: string) =>
  (parseConfiguration(text).errors ?? []).map((error) => formatConfigurationError(error, "f"));
const inSuite = (line: string) => `version: 1\nsuites:\n  api:\n    tool: pytest\n    ${line}\n`;

describe("a good file", () => {
  test("becomes suites with every default filled in, in the file's order", () => {
    const suites = suitesOf("version: 1\nsuites:\n  web: {tool: node}\n  api: {tool: pytest, shards: 4}\n");
    expect(suites.map((suite) => suite.name)).toEqual(["web", "api"]);
    expect(suites[1]).toMatchObject({
      shards: 4,
      retries: 0,
      infrastructureRetries: 3,
      timeoutSeconds: 1_800,
      resources: { cpuMillis: 250, memoryBytes: 512 * 1_048_576 },
    });
  });

  test.each([
    ["resources: {cpu: 500m}", { resources: { cpuMillis: 500 } }],
    ["resources: {cpu: 0.5}", { resources: { cpuMillis: 500 } }],
    ["resources: {cpu: 2}", { resources: { cpuMillis: 2_000 } }],
    ["resources: {memory: 1.5Gi}", { resources: { memoryBytes: 1.5 * 1_024 ** 3 } }],
    ["resources: {memory: 500M}", { resources: { memoryBytes: 500_000_000 } }],
    ["timeout: 1h30m", { timeoutSeconds: 5_400 }],
    ["timeout: 90s", { timeoutSeconds: 90 }],
    ["reports: {junit: out/*.xml}", { reports: { junit: ["out/*.xml"] } }],
    ["reports: {junit: [a.xml, b.xml]}", { reports: { junit: ["a.xml", "b.xml"] } }],
    ["clusters: {labels: {region: west}}", { clusters: { labels: { region: "west" } } }],
    ["env: {A: '${change.sha}'}", { env: { A: "${change.sha}" } }],
  ])("reads %s", (line, expected) => {
    expect(suitesOf(inSuite(line))[0]).toMatchObject(expected);
  });

  test("may share values by anchors and merge keys", () => {
    const text = "version: 1\nsuites:\n  a: &a {tool: node, shards: 2}\n  b: {<<: *a, shards: 3}\n";
    expect(suitesOf(text).map((suite) => [suite.tool, suite.shards])).toEqual([
      ["node", 2],
      ["node", 3],
    ]);
  });
});

describe("a command", () => {
  test("as text goes to the shell, as a list it stays as it is", () => {
    const text =
      "version: 1\nsuites:\n  a: {image: x, command: make test}\n  b: {image: x, command: [make, test]}\n";
    expect(suitesOf(text).map((suite) => suite.command)).toEqual([
      ["/bin/sh", "-c", "make test"],
      ["make", "test"],
    ]);
  });

  test("as text never gets a branch's name as part of the script", () => {
    const [suite] = suitesOf(
      'version: 1\nsuites:\n  a: {image: x, command: "echo ${change.branch} ${HOME}"}\n',
    );
    expect(suite?.command).toEqual([
      "/bin/sh",
      "-c",
      "echo ${2} ${HOME}",
      "seatrial",
      "${change.sha}",
      "${change.branch}",
    ]);
  });
});

describe("a bad file is refused with line, column, field, what was found and what to write", () => {
  test.each([
    ["", "f:1:1: the file is empty (write version: 1 and suites)"],
    [
      "version: 1\nsuites: {}\n",
      "f:2:9: suites: found keys and values (write at least one suite, as in api: {tool: pytest, path: tests})",
    ],
    ["suites: {a: {tool: node}}\n", "f:1:1: version: is missing (write version: 1)"],
    ["version: '1'\nsuites: {a: {tool: node}}\n", 'f:1:10: version: found the text "1" (write version: 1)'],
    [
      inSuite("shards: many"),
      'f:5:13: suites.api.shards: found the text "many" (write a whole number from 1 to 500, as in 4)',
    ],
    [
      inSuite("shards: 0"),
      "f:5:13: suites.api.shards: found the number 0 (write a whole number from 1 to 500, as in 4)",
    ],
    [
      inSuite("shards: 1.5"),
      "f:5:13: suites.api.shards: found the number 1.5 (write a whole number from 1 to 500, as in 4)",
    ],
    [
      inSuite("shards:"),
      "f:5:12: suites.api.shards: found nothing (write a whole number from 1 to 500, as in 4)",
    ],
    [inSuite("shard: 4"), "f:5:5: suites.api.shard: unknown key 'shard' (did you mean 'shards'?)"],
    [inSuite("shardz: 4"), "f:5:5: suites.api.shardz: unknown key 'shardz' (did you mean 'shards'?)"],
    [inSuite("retires: 4"), "f:5:5: suites.api.retires: unknown key 'retires' (did you mean 'retries'?)"],
    [
      inSuite("env: {PORT: 8080}"),
      'f:5:17: suites.api.env.PORT: found the number 8080 (write text: put numbers, true and false in quotes, as in "8080")',
    ],
    [
      inSuite("path: ../up"),
      `f:5:11: suites.api.path: found the text "../up" (write a relative folder with '/' and no '..', as in tests/api)`,
    ],
    [
      inSuite("resources: {memory: 12}"),
      "f:5:25: suites.api.resources.memory: found the number 12 (write a number with its unit, from 16Mi to 256Gi, as in 512Mi or 2Gi)",
    ],
    [
      inSuite("timeout: 10"),
      "f:5:14: suites.api.timeout: found the number 10 (write a length of time up to 24h with its unit, as in 90s, 10m or 1h30m)",
    ],
    [
      inSuite("timeout: 25h"),
      'f:5:14: suites.api.timeout: found the text "25h" (write a length of time up to 24h with its unit, as in 90s, 10m or 1h30m)',
    ],
    [
      inSuite("command: make"),
      "f:5:5: suites.api.command: cannot be set: 'tool' brings its own command (use 'arguments', or drop 'tool')",
    ],
    [
      inSuite("clusters: {names: [east]}"),
      "f:5:16: suites.api.clusters.names: 'names' is not supported yet (remove it for now)",
    ],
    [
      inSuite("services: []"),
      "f:5:5: suites.api.services: 'services' is not supported yet (remove it for now)",
    ],
    [`extends: a\n${inSuite("")}`, "f:1:1: extends: 'extends' is not supported yet (remove it for now)"],
    [
      inSuite("env: {A: '${environment.web.url}'}"),
      "f:5:14: suites.api.env.A: no environment of this file exposes an endpoint for '${environment.web.url}' (write environments: {preview: {chart: …, expose: {web: 8080}}})",
    ],
    [
      inSuite("env: {A: '${shard.idx}'}"),
      "f:5:14: suites.api.env.A: unknown variable '${shard.idx}' (did you mean '${shard.index}'?)",
    ],
    [
      inSuite("path: a-${shard.index}"),
      "f:5:11: suites.api.path: '${shard.index}' is not filled in here (use variables in 'env' or 'command')",
    ],
    [
      "version: 1\nsuites:\n  a: {image: x}\n",
      "f:3:3: suites.a: has an image but no 'command' (write command: what the container runs)",
    ],
    [
      "version: 1\nsuites:\n  Api: {tool: node}\n",
      "f:3:3: suites.Api: 'Api' cannot be a name here (write lower-case letters, digits and dashes, at most 40, as in 'api-tests')",
    ],
    [
      "version: 1\nsuites:\n\tapi: {}\n",
      "f:3:1: a tab is used as indentation (use spaces: YAML allows no tabs there)",
    ],
    ["version: 1\nversion: 1\n", "f:2:1: this key is written twice (keep one of them)"],
    [
      "version: 1\n---\nversion: 1\n",
      "f:2:1: there is more than one document (keep one, without '---' between parts)",
    ],
    ["- a\n", "f:1:1: found a list (write keys and values, starting with version: 1)"],
  ])("%j", (text, expected) => {
    expect(errorsOf(text)).toContain(expected);
  });

  test("everything that is wrong is said at once, in the file's order", () => {
    const errors = parseConfiguration(
      `${inSuite("shards: x\n    retries: y\n    tol: node")}owner: me\n`,
    ).errors;
    expect(errors?.map((error) => error.line)).toEqual([5, 6, 7, 8]);
  });
});

describe("a hostile file", () => {
  const mapOf = (keys: number) => Array.from({ length: keys }, (_, index) => `  k${index}: 1\n`).join("");

  test("has no more keys than an honest one", () => {
    expect(errorsOf(`version: 1\nsuites:\n${mapOf(20_000)}`)).toEqual([
      "f:1:1: the file has 20002 keys; at most 10000 are read (split or shorten it)",
    ]);
    const nested = `a: [${"{x: {y: 1}}, ".repeat(6_000)}]\n`;
    expect(errorsOf(nested)[0]).toContain("has 12001 keys");
  });

  test("with many keys below the limit is read, and its one duplicate found", () => {
    expect(errorsOf(`version: 1\nsuites:\n${mapOf(9_000)}`)[0]).toContain(
      "f:3:7: suites.k0: found the number 1",
    );
    expect(errorsOf(`version: 1\nsuites:\n${mapOf(9_000)}  k4500: 2\n`)).toEqual([
      "f:9003:3: this key is written twice (keep one of them)",
    ]);
  });

  test("cannot grow by aliases", () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(of).join(", ")}]\n`;
    const bomb = level("a", "x") + level("b", "*a") + level("c", "*b") + level("d", "*c") + level("e", "*d");
    expect(errorsOf(bomb)[0]).toContain("aliases");
  });

  test("cannot have thousands of aliases", () => {
    expect(errorsOf(`a: &a 1\nb: [${Array(5_000).fill("*a").join(",")}]`)).toEqual([
      "f:2:305: more than 100 aliases (write the values out instead of using *aliases)",
    ]);
  });

  test("cannot exhaust the stack", () => {
    expect(errorsOf("[".repeat(100_000)).join()).toContain("nested too deeply");
  });

  test("cannot contain itself", () => {
    expect(errorsOf("version: 1\nsuites: &s {a: *s}\n").length).toBeGreaterThan(0);
  });

  test("cannot be larger than the limit", () => {
    expect(errorsOf(`# ${"x".repeat(limits.configurationBytes)}`)[0]).toContain("at most 262144 are read");
  });

  test("cannot reach an object's prototype", () => {
    expect(errorsOf("version: 1\nsuites: {__proto__: {tool: node}}")).toEqual([
      "f:2:10: '__proto__' is not allowed",
    ]);
  });
});
