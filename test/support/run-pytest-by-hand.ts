import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pytestPins } from "@seatrial/lab/images/builtin-python.ts";
import { SaxesParser } from "saxes";

const run = promisify(execFile);
const python = "/usr/bin/python3";
const maxBuffer = 64 * 1_048_576;

/** Name → outcome of every case, as `python3 -m pytest` on this machine says by its own JUnit report. */
export async function runPytestByHand(folder: string, scratch: string): Promise<Map<string, string>> {
  const packages = join(scratch, "pytest");
  const report = join(scratch, "by-hand.xml");
  const install = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-deps",
    "--root-user-action=ignore",
    "--target",
    packages,
  ];
  await run(python, [...install, ...pytestPins], { maxBuffer });
  const options = {
    cwd: folder,
    maxBuffer,
    env: { PATH: "/usr/bin:/bin", PYTHONPATH: packages, LANG: "C.UTF-8" },
  };
  const pytest = run(python, ["-m", "pytest", "-q", `--junitxml=${report}`, "tests"], options);
  // Red cases end pytest with 1; the report says which.
  await pytest.catch((error: { code?: number }) => {
    if (error.code !== 1) throw error;
  });
  return readOutcomes(await readFile(report, "utf8"));
}

function readOutcomes(xml: string): Map<string, string> {
  const outcomes = new Map<string, string>();
  let name = "";
  const parser = new SaxesParser();
  const words: Record<string, string> = { failure: "failed", error: "errored", skipped: "skipped" };
  parser.on("opentag", ({ name: tag, attributes }) => {
    if (tag === "testcase") {
      name = `${attributes.classname}.${attributes.name}`;
      if (!outcomes.has(name)) outcomes.set(name, "passed");
    }
    const outcome = words[tag];
    if (outcome !== undefined) outcomes.set(name, outcome);
  });
  parser.write(xml).close();
  return outcomes;
}

/** `tests/test_more.py::ChunkedTests::test_even` as JUnit names it. */
export function junitName(nodeId: string): string {
  const [file = "", ...rest] = nodeId.split("::");
  return [file.replace(/\.py$/, "").replaceAll("/", "."), ...rest].join(".");
}
