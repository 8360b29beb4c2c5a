import { relative } from "node:path";
import { readReport } from "./read-report.mjs";

/** Of one message: a log of a build machine may keep only so much. */
const characters = 300;

/**
 * What failed, a line each: file, test and the first line of what was wrong. It comes last in the output of a run, where
 * it is found without searching an hour of it. A run that ended badly although every test passed says so.
 */
export function listFailures(reportFile, exitCode, root) {
  const report = readReport(reportFile);
  if (report === undefined) return [`vitest left no report and ended with ${exitCode}`];
  const failures = report.testResults.flatMap((file) => ofFile(file, relative(root, file.name ?? "")));
  if (failures.length === 0 && exitCode !== 0)
    return [`vitest ended with ${exitCode} although every test passed: look for "Unhandled Errors" above`];
  return failures;
}

function ofFile(file, name) {
  const failed = file.assertionResults.filter(({ status }) => status === "failed");
  if (failed.length > 0)
    return failed.map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  return file.status === "failed" ? [`${name}: ${firstLine(file.message)}`] : [];
}

function firstLine(message = "") {
  return message.split("\n", 1)[0].slice(0, characters);
}
