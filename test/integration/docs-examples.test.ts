import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram } from "@seatrial/cli/create-program.ts";
import { parseConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const pages = [
  "README.md",
  ...["docs", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .map((path) => join(folder, path)),
  ),
];

type Block = { language: string; text: string };

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language = "", body = ""]) => ({
    language,
    text: body,
  }));
}

/** Command lines of the page: `seatrial …` at the beginning of a line, or `npm run seatrial -- …`. */
function commandLinesOf(page: string): string[][] {
  return blocksOf(page)
    .flatMap((block) => block.text.split("\n"))
    .map((line) => /^\s*(?:\$ )?seatrial (.*?)(?:\s+#.*)?$/.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .map((line) => line.trim().split(/\s+/));
}

/** Follows the words of a command line into the program; throws on a command or an option that is not there. */
async function checkWords(words: readonly string[]): Promise<void> {
  const program = await createProgram(words);
  let command = program;
  for (const word of words) {
    if (word.startsWith("-")) {
      const known = [...command.options, ...program.options].some(
        ({ short, long }) => word === short || word === long,
      );
      if (!known) throw new Error(`${command.name()} has no option ${word}`);
      continue;
    }
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next) command = next;
    else if (command.commands.length > 0) throw new Error(`${command.name()} has no command ${word}`);
  }
}

describe.each(pages)("%s", (page) => {
  test("has only examples of seatrial.yaml that are valid", () => {
    for (const { text } of blocksOf(page).filter(({ language }) => language === "yaml"))
      expect(parseConfiguration(text).errors ?? [], text).toEqual([]);
  });

  test("names only commands and options that exist", async () => {
    for (const words of commandLinesOf(page)) await checkWords(words);
  });
});

test("the pages together hold examples of both kinds, so the checks above check something", () => {
  expect(pages.flatMap(blocksOf).filter(({ language }) => language === "yaml").length).toBeGreaterThan(2);
  expect(pages.flatMap(commandLinesOf).length).toBeGreaterThan(3);
});

test("a command or an option that does not exist is found", async () => {
  await expect(checkWords(["runs", "vanish"])).rejects.toThrow("runs has no command vanish");
  await expect(checkWords(["run", "api", "--wach"])).rejects.toThrow("run has no option --wach");
});
