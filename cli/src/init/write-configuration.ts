import { safeLine } from "../terminal/safe-text.ts";
import type { Choice, FoundSuite } from "./found.ts";
import { environmentName, type Line } from "./line.ts";
import { wantsEnvironment } from "./test-groups.ts";
import { writeEnvironment } from "./write-environment.ts";
import { writeList, writeMapping, writeScalar } from "./write-scalar.ts";

/** The text of a `seatrial.yaml` for what was chosen, with a comment beside each line. */
export function writeConfiguration(choice: Choice): string {
  const suites =
    choice.suites.length > 0 ? choice.suites.map((suite) => forSuite(suite, choice)) : [placeholder(choice)];
  const lines: Line[] = [
    {
      code: "",
      why: "Made by `seatrial init` from what is in this repository. `seatrial validate` checks it.",
    },
    { code: "version: 1", why: "the shape of this file" },
    ...writeEnvironment(choice),
    { code: "suites:", why: "sets of tests, each run together; `seatrial run <name>` runs one" },
    ...suites.flat(),
    ...runLines(choice),
  ];
  return `${lines.map(print).join("\n")}\n`;
}

/** The comment stands beside its line, or above it where both together would be too long. */
function print({ code, why }: Line): string {
  const comment = why === "" ? "" : `# ${safeLine(why, 300)}`;
  if (code === "" || comment === "") return code + comment;
  const line = `${code.padEnd(40)} ${comment}`;
  return line.length <= 120 ? line : `${/^ */.exec(code)?.[0] ?? ""}${comment}\n${code}`;
}

function forSuite(suite: FoundSuite, choice: Choice): Line[] {
  const env = environmentOf(suite, choice);
  const shards = shardsOf(suite);
  return [
    { code: `  ${suite.name}:`, why: `because of ${suite.because}` },
    ...(suite.tool === null
      ? [
          { code: `    image: ${writeScalar(suite.image ?? "")}`, why: suite.note },
          {
            code: `    command: ${JSON.stringify(suite.command ?? "")}`,
            why: "what the container runs, by its shell",
          },
        ]
      : [{ code: `    tool: ${suite.tool}`, why: suite.note }]),
    ...(suite.path === ""
      ? []
      : [{ code: `    path: ${writeScalar(suite.path)}`, why: "the folder where it starts" }]),
    ...(suite.arguments.length === 0
      ? []
      : [
          {
            code: `    arguments: ${writeList(suite.arguments)}`,
            why: "more words for the tool: where the tests are",
          },
        ]),
    ...(shards === 1
      ? []
      : [
          {
            code: `    shards: ${shards}`,
            why: `${suite.files} files in so many parts that run at the same time`,
          },
        ]),
    ...(suite.junit === null
      ? []
      : [
          {
            code: `    reports: ${writeMapping({ junit: suite.junit })}`,
            why: "its cases are read from here",
          },
        ]),
    ...(Object.keys(env.values).length === 0
      ? []
      : [{ code: `    env: ${writeMapping(env.values)}`, why: env.why }]),
  ];
}

function environmentOf(
  suite: FoundSuite,
  { environment, port }: Choice,
): { values: Record<string, string>; why: string } {
  const isWanted =
    suite.address !== null || wantsEnvironment(`${suite.path}/${suite.arguments.join("/")}/${suite.name}`);
  if (environment === null || port === null || !isWanted)
    return { values: suite.env, why: "variables of the tests" };
  const name = suite.address ?? "BASE_URL";
  const part = name.endsWith("HOST") ? "host" : "url";
  return {
    values: { ...suite.env, [name]: `\${environment.web.${part}}` },
    why:
      suite.address === null
        ? "where the environment answers; give it the name that your tests read"
        : `where the environment answers: the tests read ${name}`,
  };
}

/** Only tools that split by themselves, and only where there is something to split. */
function shardsOf({ tool, command, files }: FoundSuite): number {
  if (tool === null && !command?.includes("${shard.")) return 1;
  return files >= 40 ? 4 : files >= 8 ? 2 : 1;
}

/** A file needs a suite: one that asks whether the environment answers. */
function placeholder({ port }: Choice): Line[] {
  const address = port === null ? "" : "${environment.web.url}";
  return [
    { code: "  smoke:", why: "no tests were found: this one only asks whether the environment answers" },
    {
      code: "    image: curlimages/curl:8.11.1",
      why: "put your own tests here: tool: pytest, node or vitest, or an image and its command",
    },
    {
      code: `    command: ${JSON.stringify(port === null ? "true" : `curl --fail --silent --show-error "${address}"`)}`,
      why:
        port === null
          ? "passes as soon as the environment is ready"
          : "red unless it answers with 2xx or 3xx",
    },
  ];
}

function runLines({ onPullRequests, environment }: Choice): Line[] {
  if (!onPullRequests) return [];
  return [
    { code: "runs:", why: "what starts by itself; `seatrial run --run <name>` starts it by hand" },
    { code: "  pull-request:", why: "all suites" },
    {
      code: "    when: {pull_request: true}",
      why: "each commit of a pull request that is no draft, once the repository is connected to the project",
    },
    ...(environment === null
      ? []
      : [
          {
            code: `    environment: ${environmentName}`,
            why: "brought for the pull request, updated by its commits, removed when it closes",
          },
        ]),
  ];
}
