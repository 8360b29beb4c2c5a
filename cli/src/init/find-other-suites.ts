import type { SuiteDraft } from "./find-suites.ts";
import { baseOf, folderOf, isBelow, type Repository } from "./repository.ts";

type Tool = {
  /** The file that shows it. */
  marker: RegExp;
  test: RegExp;
  image: (marker: string) => string;
  command: string;
  junit: string | null;
  note: string;
};

const bring = "test pods install nothing: take an image that has what the tests need";
const noCases = "no report: its exit code alone counts";
const tools: Tool[] = [
  {
    marker: /^go\.mod$/,
    test: /_test\.go$/,
    image: (text) => `golang:${/^go (\d+\.\d+)/m.exec(text)?.[1] ?? "1"}`,
    ...{ command: "go test ./...", junit: null, note: `${bring}; ${noCases}` },
  },
  {
    marker: /^pom\.xml$/,
    test: /(^|\/)src\/test\/.*\.(java|kt)$/,
    image: () => "maven:3-eclipse-temurin-21",
    ...{ command: "mvn --batch-mode --offline test", junit: "target/surefire-reports/*.xml", note: bring },
  },
  {
    marker: /^build\.gradle(\.kts)?$/,
    test: /(^|\/)src\/test\/.*\.(java|kt|groovy)$/,
    image: () => "gradle:8-jdk21",
    ...{ command: "gradle --offline test", junit: "build/test-results/test/*.xml", note: bring },
  },
  {
    marker: /^Cargo\.toml$/,
    test: /(^|\/)tests\/.*\.rs$/,
    image: () => "rust:1",
    ...{ command: "cargo test --offline", junit: null, note: `${bring}; ${noCases}` },
  },
];

/** Suites of tools without a preset: an image, a command, and the report that the tool writes by itself. */
export async function findOtherSuites(repository: Repository): Promise<SuiteDraft[]> {
  const drafts: SuiteDraft[] = [];
  for (const tool of tools) {
    const markers = repository.files.filter((path) => tool.marker.test(baseOf(path)));
    const tops = markers
      .map(folderOf)
      .filter((folder, _index, all) => !all.some((other) => other !== folder && isBelow(folder, other)));
    for (const marker of markers.filter((path) => tops.includes(folderOf(path))).slice(0, 3)) {
      const path = folderOf(marker);
      const inside = repository.files.filter((file) => isBelow(file, path) && tool.test.test(file));
      if (inside.length === 0) continue;
      drafts.push({
        ...{ tool: null, path, arguments: [], env: {}, inside, because: marker },
        ...{ image: tool.image((await repository.read(marker)) ?? ""), command: tool.command },
        ...{ junit: tool.junit, note: tool.note },
      });
    }
  }
  return drafts;
}
