import { describe, expect, it } from "vitest";
import { parseJunit } from "./parse-junit.ts";

/** The text in pieces of 7 bytes, so that every token is cut somewhere. */
async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += 7) yield bytes.subarray(start, start + 7);
}
const parse = (text: string) => parseJunit("report.xml", pieces(text));
const refusal = async (text: string) =>
  parse(text).then(
    () => "accepted",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );

describe("a JUnit report", () => {
  it("tells outcome, time, message, detail and place of each case", async () => {
    const results = await parse(`<?xml version="1.0" encoding="utf-8"?>
      <testsuites><testsuite name="s" file="tests/a.py">
        <testcase classname="A" name="good ☃" time="1,000.5"/>
        <testcase classname="A" name="bad" line="12"><failure message="1 != 2">trace &lt;here&gt;<![CDATA[ & there]]></failure></testcase>
        <testcase classname="A" name="broken"><error>first line
second</error></testcase>
        <testcase classname="A" name="left"><skipped message="why"/></testcase>
      </testsuite></testsuites>`);
    expect(results).toEqual([
      {
        case: "A › good ☃",
        outcome: "passed",
        seconds: 1000.5,
        message: null,
        detail: null,
        file: "tests/a.py",
        line: null,
      },
      {
        case: "A › bad",
        outcome: "failed",
        seconds: null,
        message: "1 != 2",
        detail: "trace <here> & there",
        file: "tests/a.py",
        line: 12,
      },
      {
        case: "A › broken",
        outcome: "errored",
        seconds: null,
        message: "first line",
        detail: "first line\nsecond",
        file: "tests/a.py",
        line: null,
      },
      {
        case: "A › left",
        outcome: "skipped",
        seconds: null,
        message: "why",
        detail: null,
        file: "tests/a.py",
        line: null,
      },
    ]);
  });

  it("names a case by file, class and name, each once", async () => {
    const results = await parse(
      `<testsuite><testcase file="a.ts" classname="a.ts" name="x"/><testcase name="y"/><testcase/></testsuite>`,
    );
    expect(results.map((result) => result.case)).toEqual(["a.ts › x", "y", "(unnamed)"]);
  });

  it("finds the line that node's and vitest's reports leave to the stack trace", async () => {
    const red = (detail: string) =>
      `<testcase file="/w/a.test.ts" name="x"><failure message="m">${detail}</failure></testcase>`;
    const results = await parse(`<testsuite>
      ${red("at /w/a.test.ts.map:7 at TestContext.&lt;anonymous> (file:///w/a.test.ts:18:3) /w/a.test.ts:20:1")}
      ${red("at node:internal/test:5:6")}${red("/w/a.test.ts:0")}
      <testcase file="/w/a.test.ts" name="y" line="4"><failure>/w/a.test.ts:9:1</failure></testcase></testsuite>`);
    expect(results.map(({ line }) => line)).toEqual([18, null, null, 4]);
  });

  it("reads a message that its writer escaped twice, and no other", async () => {
    const red = (message: string, detail: string) =>
      `<testcase name="x"><failure message="${message}">${detail}</failure></testcase>`;
    const results = await parse(`<testsuite>
      ${red("got &amp;quot;hi&amp;quot; &amp;lt; it", 'Error: got "hi" &lt; it')}
      ${red("a &amp;amp; b", "Error: a &amp;amp; b")}</testsuite>`);
    expect(results.map(({ message }) => message)).toEqual(['got "hi" < it', "a &amp; b"]);
  });

  it("marks control characters in names and messages, and keeps the results of all cases", async () => {
    const results = await parse(
      `<testsuite><testcase name="goes \u001B[31mred"><failure message="a\u0000b"/></testcase><testcase name="y"/></testsuite>`,
    );
    expect(results.map(({ case: name, outcome, message }) => [name, outcome, message])).toEqual([
      ["goes \uFFFD[31mred", "failed", "a\uFFFDb"],
      ["y", "passed", null],
    ]);
  });

  it("is refused with any DOCTYPE, so no entity can grow", async () => {
    const bomb = `<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`;
    expect(await refusal(bomb)).toMatch(
      /^report_invalid: JUnit report "report.xml", line 1, .*DOCTYPE is not accepted/,
    );
  });

  it("is refused when it names an entity that XML does not have", async () => {
    expect(await refusal(`<testsuite>\n<testcase name="&evil;"/></testsuite>`)).toMatch(
      /report_invalid: .*line 2.*entity/,
    );
  });

  it("is refused when it is cut off", async () => {
    expect(await refusal(`<testsuite>\n<testcase name="a"/>\n<testcase`)).toMatch(/report_invalid: .*line 3/);
    expect(await refusal("")).toMatch(/report_invalid/);
  });

  it("is refused when it is another kind of XML, or none", async () => {
    expect(await refusal("<html/>")).toMatch(/report_invalid: .*the root element is <html>/);
    expect(await refusal("PK\u0003\u0004")).toMatch(/report_invalid/);
  });

  it("is refused when elements are nested without end", async () => {
    expect(await refusal("<testsuite>".repeat(100))).toMatch(/report_invalid: .*nested more than 64 deep/);
  });

  it("keeps long texts only up to the limits, with a mark", async () => {
    const long = "x".repeat(50_000);
    const [result] = await parse(
      `<testsuite><testcase name="${long}"><failure message="${long}">${long}</failure></testcase></testsuite>`,
    );
    expect([result?.case.length, result?.message?.length, result?.detail?.length]).toEqual([
      1_000, 2_000, 20_000,
    ]);
    expect(result?.detail?.endsWith("… (cut)")).toBe(true);
  });
});
