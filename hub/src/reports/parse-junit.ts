import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { createJunitCases } from "./junit-cases.ts";
import type { ParsedResult } from "./parsed-result.ts";

/** Elements inside each other: real reports have at most about 10. */
const deepest = 64;

/**
 * Control characters, which XML 1.0 forbids. Some writers (node's own among them) copy them from names and coloured
 * messages as they are; one such case is no reason to lose the results of all others.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

function readable(text: string): string {
  return text.replace(forbidden, "\uFFFD");
}

/**
 * Reads a JUnit report piece by piece (the de-facto format of https://github.com/testmoapp/junitxml). The file is
 * untrusted: a DOCTYPE (so every entity), XML that is truncated or not well-formed, a root that is no test suite,
 * more than `limits.reportCases` cases are refused with `report_invalid`, naming file and line.
 */
export async function parseJunit(name: string, pieces: AsyncIterable<Uint8Array>): Promise<ParsedResult[]> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const refuse = (problem: string): never => {
    const place = `line ${parser.line}, column ${parser.column + 1}`;
    throw new SeatrialError("report_invalid", `JUnit report "${name}", ${place}: ${problem}`);
  };
  const cases = createJunitCases();
  let depth = 0;
  parser.on("error", (error) => refuse(error.message.replace(/^\d+:\d+: /, "")));
  parser.on("doctype", () => refuse("a DOCTYPE is not accepted: remove it and what it declares"));
  parser.on("opentag", (tag: SaxesTagPlain) => {
    depth += 1;
    if (depth > deepest) refuse(`elements are nested more than ${deepest} deep`);
    if (depth === 1 && tag.name !== "testsuites" && tag.name !== "testsuite")
      refuse(`the root element is <${tag.name.slice(0, 100)}>, not <testsuites> or <testsuite>`);
    cases.open(tag.name, tag.attributes as Record<string, string>);
    if (cases.count() > limits.reportCases) refuse(`more than ${limits.reportCases} cases`);
  });
  parser.on("text", (text) => cases.text(text));
  parser.on("cdata", (text) => cases.text(text));
  parser.on("closetag", (tag) => {
    depth -= 1;
    cases.close(tag.name);
  });
  const decoder = new TextDecoder();
  for await (const piece of pieces) parser.write(readable(decoder.decode(piece, { stream: true })));
  parser.write(readable(decoder.decode()));
  parser.close();
  return cases.results();
}
