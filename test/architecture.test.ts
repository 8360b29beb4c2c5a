import { describe, expect, test } from "vitest";
import { findMissingPaths } from "./architecture/document-rule.ts";
import { importsPointOneWay } from "./architecture/import-rules.ts";
import {
  environmentOnlyInConfig,
  filesStayShort,
  noBarrels,
  noDefaultExports,
  noUtils,
} from "./architecture/shape-rules.ts";
import {
  listRepositoryFiles,
  parseSource,
  type Rule,
  readRepositoryFile,
} from "./architecture/source-file.ts";
import { transactionsUseTheirHandle } from "./architecture/transaction-rule.ts";

const files = listRepositoryFiles();
const sources = files
  .filter((path) => /\.(ts|mjs)$/.test(path) && !/\/(fixtures|migrations)\//.test(path))
  .map((path) => parseSource(path, readRepositoryFile(path)));

type Example = readonly [path: string, text: string];
type RuleCase = { name: string; rule: Rule; caught: readonly Example[]; passed: readonly Example[] };

const rules: readonly RuleCase[] = [
  {
    name: "imports between rooms point one way and go by package name",
    rule: importsPointOneWay,
    caught: [
      ["contracts/src/a.ts", 'import { b } from "@seatrial/hub/b.ts";'],
      ["hub/src/a.ts", 'import type { B } from "@seatrial/workflows/b.ts";'],
      ["hub/src/a.ts", 'import { b } from "@seatrial/hub-link/b.ts";'],
      ["cli/src/a.ts", 'const { b } = await import("@seatrial/cluster-agent/b.ts");'],
      ["cluster-agent/src/a.ts", 'export { b } from "@seatrial/hub/b.ts";'],
      ["infra/lab/src/a.ts", 'type B = import("@seatrial/cli/b.ts").B;'],
      ["cli/src/a.ts", 'import { b } from "../../hub/src/b.ts";'],
    ],
    passed: [
      ["hub/src/a.ts", 'import { b } from "@seatrial/contracts/b.ts"; import { c } from "../c.ts";'],
      ["cluster-agent/src/a.ts", 'import { b } from "@seatrial/hub-link/b.ts";'],
      ["cli/src/a.ts", 'import { b } from "@seatrial/hub/b.ts";'],
      ["infra/lab/src/a.ts", 'import { b } from "@seatrial/toolchain/b.ts";'],
      ["test/integration/a.test.ts", 'import { b } from "@seatrial/hub/b.ts";'],
    ],
  },
  {
    name: "the process environment is read only in config.ts",
    rule: environmentOnlyInConfig,
    caught: [
      ["hub/src/start.ts", "const port = process.env.PORT;"],
      ["hub/src/start.ts", 'const port = process["env"].PORT;'],
      ["hub/src/start.ts", "const { env } = process;"],
      ["hub/src/start.ts", 'import { env } from "node:process";'],
    ],
    passed: [
      ["hub/src/config.ts", "const port = process.env.PORT;"],
      ["infra/bootstrap/step.mjs", "const path = process.env.PATH;"],
      ["hub/src/start.ts", '// process.env is read elsewhere\nconst hint = "process.env.PORT";'],
    ],
  },
  {
    name: "there are no barrels",
    rule: noBarrels,
    caught: [
      ["hub/src/runs/all.ts", 'export { a } from "./a.ts";\nexport { b } from "./b.ts";'],
      ["hub/src/runs/index.ts", 'export { a } from "./a.ts";\nexport const b = 1;'],
      ["hub/src/runs/create-run.ts", 'export * from "./a.ts";\nexport const b = 1;'],
    ],
    passed: [["hub/src/runs/create-run.ts", 'import { a } from "./a.ts";\nexport const b = a;']],
  },
  {
    name: "there are no default exports outside framework configuration",
    rule: noDefaultExports,
    caught: [
      ["hub/src/a.ts", "export default function a() {}"],
      ["hub/src/a.ts", "const a = 1;\nexport { a as default };"],
    ],
    passed: [
      ["vitest.config.ts", "export default {};"],
      ["hub/src/a.ts", "export const a = 1;"],
    ],
  },
  {
    name: "no file is called utils",
    rule: noUtils,
    caught: [["hub/src/runs/utils.ts", "export const a = 1;"]],
    passed: [["hub/src/runs/create-run.ts", "export const a = 1;"]],
  },
  {
    name: "source files have at most 250 lines",
    rule: filesStayShort,
    caught: [["hub/src/a.ts", "const a = 1;\n".repeat(251).replaceAll("const a", "var a")]],
    passed: [
      ["hub/src/a.ts", "var a = 1;\n".repeat(250)],
      ["hub/src/a.test.ts", "var a = 1;\n".repeat(400)],
      ["hub/src/testing/fake-agent.ts", "var a = 1;\n".repeat(400)],
    ],
  },
  {
    name: "a transaction uses only its own handle",
    rule: transactionsUseTheirHandle,
    caught: [
      ["hub/src/a.ts", "await db.transaction(async (tx) => { await tx.insert(a); await db.insert(b); });"],
      ["hub/src/a.ts", "await deps.db.transaction(async (tx) => { await write(deps.db, tx); });"],
      ["hub/src/a.ts", "await database.transaction((tx) => list(database));"],
      ["hub/src/a.ts", "await db.transaction((tx) => list({ db }));"],
    ],
    passed: [
      ["hub/src/a.ts", "await db.transaction(async (tx) => { await tx.insert(a); }); await db.insert(b);"],
      ["hub/src/a.ts", "await deps.db.transaction((tx) => write({ ...deps, db: tx }));"],
      ["hub/src/a.ts", "await db.transaction((db) => db.insert(a));"],
    ],
  },
];

describe.each(rules)("$name", ({ rule, caught, passed }) => {
  test("in the whole repository", () => {
    expect(sources.flatMap((file) => rule(file))).toEqual([]);
  });
  test.each(caught)("a planted violation is caught in %s (%#)", (path, text) => {
    expect(rule(parseSource(path, text))).toHaveLength(1);
  });
  test.each(passed)("what is right is let through in %s (%#)", (path, text) => {
    expect(rule(parseSource(path, text))).toEqual([]);
  });
});

describe("paths named in documents exist", () => {
  const known = ["hub/src/start.ts", "docs/glossary.md", "README.md"];

  test("in the whole repository", () => {
    const documents = files.filter((path) => path.endsWith(".md") && !path.includes("/fixtures/"));
    const missing = documents.flatMap((path) =>
      findMissingPaths({ path, text: readRepositoryFile(path) }, files),
    );
    expect(missing).toEqual([]);
  });
  test("a planted missing path is caught with its line", () => {
    const text = "First\n`hub/src/gone.ts` and [terms](docs/gone.md)";
    expect(findMissingPaths({ path: "README.md", text }, known)).toEqual([
      "README.md:2: names hub/src/gone.ts, which does not exist.",
      "README.md:2: names docs/gone.md, which does not exist.",
    ]);
  });
  test("existing files, folders, links and words that are no paths of ours are let through", () => {
    const text =
      "`hub/src/start.ts`, `hub/src/`, `reports/junit.xml`, `seatrial run`, [t](./glossary.md#run), [w](https://a.b)";
    expect(findMissingPaths({ path: "docs/a.md", text }, known)).toEqual([]);
  });
});
