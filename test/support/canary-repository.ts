import { filesWithSecrets, type Mint } from "./canary-template.ts";
import type { Changes } from "./github/repository-handle.ts";

export type RepositoryCanaries = {
  /** In Secrets of the environment, and in a file that a suite reads. */
  readonly secret: Mint;
  /** Written in seatrial.yaml itself, which is no place for secrets. */
  readonly inline: Mint;
  /** Said by a test on its console. */
  readonly printed: Mint;
  /** Where anybody may read it. */
  readonly control: Mint;
};

/**
 * A repository with a secret wherever a change can hold one: an environment made in three ways, and a suite that reads a
 * secret and one test of which is red.
 */
export function repositoryWithSecrets(
  canaries: RepositoryCanaries,
  images: { busybox: string; python: string },
): Changes {
  const { secret, inline, printed, control } = canaries;
  const files = filesWithSecrets(secret, control("map"));
  return {
    ...files,
    "app.yaml": (files["app.yaml"] ?? "").replace("image: busybox", `image: ${images.busybox}`),
    "seatrial.yaml": configuration(inline, images.python),
    "tests/token.txt": secret("content of a suite"),
    "tests/check.py": [
      "import os",
      'token = open("tests/token.txt").read()',
      'assert len(token) > 20 and len(os.environ["TOKEN"]) > 20',
      `print("${printed("console")}")`,
      `failure = '<failure message="${control("red test")}"/>'`,
      'case = f\'<testcase name="greets" file="tests/check.py" line="3">{failure}</testcase>\'',
      'open("report.xml", "w").write(f"<testsuite>{case}</testsuite>")',
      "raise SystemExit(1)",
      "",
    ].join("\n"),
  };
}

function configuration(inline: Mint, image: string): string {
  return `version: 1
environments:
  preview:
    components:
      - {name: app, manifests: app.yaml}
      - {name: shop, chart: shop, values: [secrets.yaml, {inline: "${inline("values")}"}]}
      - {name: generated, kustomize: kustomize}
    timeout: 120s
suites:
  api:
    image: ${image}
    command: [python3, tests/check.py]
    env: {TOKEN: "${inline("variable of a suite")}"}
    reports: {junit: report.xml}
runs:
  pull-request:
    when: {pull_request: {}}
    environment: preview
`;
}
