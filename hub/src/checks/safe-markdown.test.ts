import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { drawReport } from "./read-report.ts";
import { code, oneLine, plain } from "./safe-markdown.ts";
import { testCommit, testEnvironment, testRed, testRun, testSuite, testWorld } from "./testing-world.ts";

/** As GitHub renders a comment, with HTML let through: nothing may have become any. */
function render(markdown: string): string {
  return micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
}

const nasty = [
  "`",
  "``",
  "```\n",
  "@alice",
  "#1",
  "acme/shop#2",
  "https://evil.example/",
  "www.evil.example",
  "a@evil.example",
  "![x](https://evil.example/p.png)",
  "[x](javascript:alert(1))",
  "<img src=x onerror=alert(1)>",
  "<!-- seatrial pull-request pr-9 -->",
  "\n\n# heading\n",
  "\n- item",
  "\\",
  "|",
  "~~~\n",
  "</code>",
  "&lt;",
  "\u202E",
  "\u200B",
  "\u001B[31m",
  "\0",
  "\u2028",
  "\r",
  "   ",
  "$`",
  "4f2c1e94f2c1e9",
];
const untrusted = fc
  .array(
    fc.oneof(
      fc.constantFrom(...nasty),
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.string({ maxLength: 12 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

describe("untrusted text in Markdown", () => {
  it("is one code span and nothing else, whatever it is", () => {
    fc.assert(
      fc.property(untrusted, (text) => {
        const html = render(`before ${code(text)} after`);
        expect(html).toMatch(/^<p>before (?:<code>[^<]*<\/code>|\(nothing\)) after<\/p>$/);
      }),
      { numRuns: 500 },
    );
  });

  it("shows what it is, without what cannot be seen", () => {
    expect(code("@alice fixed #1 with ``` <b> \u001B[31mred\u001B[0m \u202Etxt.exe\n\nnext")).toBe(
      "`@alice fixed #1 with ''' <b> red txt.exe next`",
    );
    expect(code("\u200B \0")).toBe("(nothing)");
    expect(oneLine("a".repeat(30), 10)).toBe(`${"a".repeat(9)}…`);
    expect(plain("ping @alice <b>", 50)).toBe("ping ＠alice ‹b›");
  });

  it("makes no mention, link, image, HTML or second marker of any report it is in", () => {
    fc.assert(
      fc.property(untrusted, untrusted, (text, other) => {
        const { comment, checks } = drawReport(hostileWorld(text, other));
        for (const markdown of [comment?.body ?? "", ...checks.map(({ summary }) => summary)]) {
          const html = render(markdown.replace("<!-- seatrial pull-request pr-1 -->", ""));
          // What stands in code is only shown.
          const rest = html.replaceAll(/<code>[^<]*<\/code>/g, "");
          expect(rest).not.toMatch(/@|#|evil|<(?!\/?(?:p|ul|li|strong|a)\b)/);
          expect(
            [...rest.matchAll(/<a [^>]*>/g)].every(([tag]) =>
              /^<a href="http:\/\/10\.1\.2\.3:\d+\/?">$/.test(tag),
            ),
          ).toBe(true);
        }
        for (const { title } of checks) expect(title).not.toMatch(/[@<>\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 100 },
    );
  });
});

/** A world whose every text that a change's author, a cluster or the forge can write is this. */
function hostileWorld(text: string, other: string) {
  const exit = {
    reason: "bad_command",
    exitCode: 1,
    signal: null,
    message: other,
    evidence: [text],
  } as const;
  const shards = testSuite().shards.map((shard) => ({
    ...shard,
    state: "errored",
    reason: text,
    exit: { ...exit, evidence: [text] },
  }));
  return testWorld({
    pullRequest: {
      ...testWorld().pullRequest,
      title: text,
      author: text,
      headBranch: text,
      headRepository: other,
    },
    commits: [
      testCommit({
        state: "errored",
        reason: text,
        problems: [{ line: 1, message: other }],
        images: { [text]: other },
        changedFiles: [{ path: `deploy/chart/${text}`, line: 1 }],
      }),
    ],
    runs: [
      testRun({
        run: { id: "r-7f2aaaaaaaaaaaaa", state: "errored", reason: other },
        suites: [testSuite({ state: "errored", reason: text, shards })],
        red: [testRed({ case: text, message: other, file: text, suite: other })],
        flaky: [text],
        counts: { passed: 1, failed: 1, errored: 0, skipped: 0, flaky: 1 },
      }),
    ],
    environments: [
      testEnvironment({
        state: "failed",
        failure: { code: "render_failed", message: text, file: other, line: 3 },
      }),
      testEnvironment({
        name: "second",
        endpoints: [{ ...testEndpoint(), url: `http://10.1.2.3:30080${text}` }],
      }),
      testEnvironment({ name: "third", state: "stuck", wanted: "gone", reason: other }),
    ],
    lastCommand: {
      id: "cm-1",
      pullRequestId: "pr-1",
      projectId: "p-1",
      kind: null,
      argument: text,
      sha: "",
      baseBranch: text,
      login: text,
      source: "comment",
      forgeId: 1,
      state: "refused",
      reason: other,
      createdAt: new Date(0),
      decidedAt: null,
    },
  });
}

function testEndpoint() {
  const [endpoint] = testEnvironment().endpoints;
  if (endpoint === undefined) throw new Error("no endpoint");
  return endpoint;
}
