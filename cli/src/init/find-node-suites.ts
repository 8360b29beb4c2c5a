import type { SuiteDraft } from "./find-suites.ts";
import { isMapping } from "./read-yaml-files.ts";
import { baseOf, folderOf, isBelow, type Repository } from "./repository.ts";
import { groupTests } from "./test-groups.ts";

type Package = { folder: string; has: ReadonlyMap<string, string> };

const testName = /(^|\/)[^/]*[._-](test|spec)\.[cm]?[jt]sx?$/;
/** What `node --test` finds by itself, whatever the folder. */
const nodeName = /(^|\/)(test|test-[^/]+|[^/]+[._-]test)\.([cm]?js|[cm]?ts)$/;
const usesNodeTest = /^\s*(import\b[^;]*?from|import|[^"'`]*\brequire\()\s*["']node:test["']/m;
const lacksPackages = "its image must have the packages in /node_modules: test pods install nothing";

/** Suites of JavaScript: Vitest, Playwright, Jest, and Node's own test runner where files import it. */
export async function findNodeSuites(repository: Repository): Promise<SuiteDraft[]> {
  const packages = await readPackages(repository);
  const nearest = (path: string) =>
    packages
      .filter(({ folder }) => isBelow(path, folder))
      .toSorted((left, right) => right.folder.length - left.folder.length)[0];
  const candidates = repository.files
    .filter((path) => testName.test(path) || nodeName.test(path))
    .slice(0, 2_000);
  const ofNode: string[] = [];
  for (const file of candidates.filter((path) => nodeName.test(path)).slice(0, 400))
    if (usesNodeTest.test((await repository.read(file)) ?? "")) ofNode.push(file);
  const rest = candidates.filter((path) => !ofNode.includes(path));
  const playwright = packages
    .filter(({ has }) => has.has("@playwright/test"))
    .flatMap((one) => ofPlaywright(repository, one));
  const runners = packages.flatMap((one) => {
    const inside = rest.filter(
      (path) => nearest(path) === one && !playwright.some((suite) => suite.inside.includes(path)),
    );
    if (inside.length === 0) return [];
    if (one.has.has("vitest")) return [ofVitest(one, inside)];
    return one.has.has("jest") ? [ofJest(one, inside)] : [];
  });
  const groups = groupTests(ofNode, (file) => nearest(file)?.folder ?? "");
  return [...groups.map(({ folder, files }) => ofNodeTest(folder, files)), ...runners, ...playwright];
}

async function readPackages(repository: Repository): Promise<Package[]> {
  const files = repository.files.filter((path) => baseOf(path) === "package.json").slice(0, 200);
  const packages: Package[] = [];
  for (const file of files) {
    const parsed = parseJson(await repository.read(file));
    const has = new Map<string, string>();
    for (const key of ["dependencies", "devDependencies"]) {
      const names = isMapping(parsed) ? parsed[key] : undefined;
      if (isMapping(names))
        for (const [name, version] of Object.entries(names))
          has.set(name, typeof version === "string" ? version : "");
    }
    packages.push({ folder: folderOf(file), has });
  }
  return packages;
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

const preset = { image: null, command: null, arguments: [], junit: null, env: {} };

function ofNodeTest(folder: string, inside: string[]): SuiteDraft {
  return {
    ...{ ...preset, tool: "node", path: folder, inside },
    because: `node:test, which ${inside[0]} imports`,
    note: "runs in the hub's image for node; image: names another",
  };
}

function ofVitest({ folder }: Package, inside: string[]): SuiteDraft {
  return {
    ...{ ...preset, tool: "vitest", path: folder, inside },
    because: `vitest in ${folder === "" ? "" : `${folder}/`}package.json`,
    note: lacksPackages,
  };
}

function ofJest({ folder, has }: Package, inside: string[]): SuiteDraft {
  const hasReport = has.has("jest-junit");
  return {
    ...{ tool: null, image: "node:24", path: folder, inside, arguments: [] },
    command: `npx --no-install jest${hasReport ? " --reporters=default --reporters=jest-junit" : ""}`,
    junit: hasReport ? "junit.xml" : null,
    env: {},
    because: `jest in ${folder === "" ? "" : `${folder}/`}package.json`,
    note: `${lacksPackages}${hasReport ? "" : "; with jest-junit its cases would be seen"}`,
  };
}

function ofPlaywright(repository: Repository, { folder, has }: Package): SuiteDraft[] {
  const isConfig = (path: string) => /^playwright\.config\.[cm]?[jt]s$/.test(baseOf(path));
  const config = repository.files.find((path) => isConfig(path) && isBelow(path, folder));
  if (config === undefined) return [];
  const path = folderOf(config);
  const version = /(\d+\.\d+\.\d+)$/.exec(has.get("@playwright/test") ?? "")?.[1];
  return [
    {
      ...{ tool: null, path, arguments: [], junit: "results.xml" },
      image: `mcr.microsoft.com/playwright:${version === undefined ? "latest" : `v${version}-noble`}`,
      command:
        "npx --no-install playwright test --shard=$(( ${shard.index} + 1 ))/${shard.count} --reporter=junit",
      env: { PLAYWRIGHT_JUNIT_OUTPUT_NAME: "results.xml" },
      inside: repository.files.filter(
        (file) => isBelow(file, path) && (testName.test(file) || file === config),
      ),
      because: config,
      note: lacksPackages,
    },
  ];
}
