/** vitest's options that take a value as the next word, as far as people type them. */
const withValue = new Set([
  "--project",
  "-t",
  "--testNamePattern",
  "--reporter",
  "--testTimeout",
  "--retry",
  "--shard",
]);

/**
 * What a test run needs, from its arguments (passed on to vitest as they are). Without any it is the whole suite with
 * types and lint; `--project` and paths narrow it down.
 */
export function planTests(testArguments) {
  const projects = [];
  const paths = [];
  for (let index = 0; index < testArguments.length; index += 1) {
    const word = testArguments[index];
    if (word.startsWith("--project=")) projects.push(word.slice("--project=".length));
    else if (word === "--project") projects.push(testArguments[index + 1]);
    if (withValue.has(word)) index += 1;
    else if (!word.startsWith("-")) paths.push(word);
  }
  const chosen = projects.length > 0 ? projects : guessProjects(paths);
  return {
    checks: testArguments.length === 0,
    lab: chosen.includes("e2e"),
    database: chosen.includes("e2e") || chosen.includes("integration"),
  };
}

function guessProjects(paths) {
  if (paths.length === 0) return ["unit", "integration", "e2e"];
  if (paths.some((path) => path.includes("e2e"))) return ["e2e"];
  return paths.some((path) => path.startsWith("test")) ? ["integration"] : ["unit"];
}
