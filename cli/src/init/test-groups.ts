import { folderOf } from "./repository.ts";

/** Parts of a test folder that people run by themselves. */
const kinds = [
  ...["unit", "integration", "e2e", "api", "smoke", "acceptance", "functional", "component", "contract"],
  ...["web", "ui", "browser", "system", "end-to-end"],
];
const testFolder = /^(tests?|specs?|__tests__|e2e|integration)$/;

export type TestGroup = { folder: string; files: string[] };

/**
 * Test files by the folder that people would name: the topmost one called tests, test, spec or e2e, split where all of
 * it lies in folders such as unit and api; for files beside the code, `fallback`.
 */
export function groupTests(files: readonly string[], fallback: (file: string) => string): TestGroup[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const parts = folderOf(file).split("/");
    const at = parts.findIndex((part) => testFolder.test(part));
    const folder = at === -1 ? fallback(file) : parts.slice(0, at + 1).join("/");
    groups.set(folder, [...(groups.get(folder) ?? []), file]);
  }
  return [...groups].flatMap(([folder, all]) => split({ folder, files: all }));
}

function split(group: TestGroup): TestGroup[] {
  if (group.folder === "") return [group];
  const parts = new Map<string, string[]>();
  for (const file of group.files) {
    const part = file.slice(group.folder.length + 1).split("/");
    if (part.length < 2 || !kinds.includes(part[0] ?? "")) return [group];
    const folder = `${group.folder}/${part[0]}`;
    parts.set(folder, [...(parts.get(folder) ?? []), file]);
  }
  return [...parts].map(([folder, files]) => ({ folder, files }));
}

/** True for tests that need something that runs, by the name of their folder. */
export function wantsEnvironment(path: string): boolean {
  return /(^|[/_-])(e2e|api|integration|smoke|acceptance|functional|web|ui|browser|system|end-to-end)([/_-]|$)/.test(
    path,
  );
}
