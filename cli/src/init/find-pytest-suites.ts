import type { SuiteDraft } from "./find-suites.ts";
import { baseOf, folderOf, isBelow, type Repository, relativeTo } from "./repository.ts";
import { groupTests } from "./test-groups.ts";

const markers = ["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "setup.py"];

/** Suites for pytest: files called test_*.py or *_test.py that say something of a test. */
export async function findPytestSuites(repository: Repository): Promise<SuiteDraft[]> {
  const files = repository.files.filter((path) => /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(path));
  const roots = repository.files.filter((path) => markers.includes(baseOf(path))).map(folderOf);
  const rootOf = (path: string) =>
    roots.filter((root) => isBelow(path, root)).toSorted((left, right) => right.length - left.length)[0];
  const groups = groupTests(files, (file) => rootOf(file) ?? "");
  return groups.map(({ folder, files: inside }) => draft(repository, folder, inside, rootOf(folder)));
}

/** Where there is a project around the tests, pytest starts there: they import it. */
function draft(
  repository: Repository,
  folder: string,
  inside: string[],
  root: string | undefined,
): SuiteDraft {
  const words = root === undefined || root === folder ? [] : [relativeTo(folder, root)];
  const path = root ?? folder;
  const needs = ["requirements.txt", "requirements-dev.txt", "pyproject.toml"]
    .flatMap((name) => [folder, path].map((place) => (place === "" ? name : `${place}/${name}`)))
    .find((file) => repository.files.includes(file));
  const others = repository.files.filter((file) => isBelow(file, folder) && baseOf(file) === "conftest.py");
  return {
    ...{ tool: "pytest" as const, image: null, command: null, arguments: words, path, junit: null, env: {} },
    inside: [...inside, ...others],
    because: inside.length === 1 ? `${inside[0]}` : `${inside.length} files such as ${inside[0]}`,
    note:
      needs === undefined
        ? "runs in the hub's image for pytest; image: names another"
        : `runs in the hub's image for pytest; name one that has ${needs} installed by image:`,
  };
}
