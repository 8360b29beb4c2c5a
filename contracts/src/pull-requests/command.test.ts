import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCommand } from "./command.ts";

test("the first line that addresses Seatrial is the command", () => {
  expect(parseCommand("/seatrial up")).toEqual({ kind: "up", argument: null });
  expect(parseCommand("Thanks!\r\n\r\n/seatrial   extend  4h  \r\n/seatrial down")).toEqual({
    ...{ kind: "extend", argument: "4h" },
  });
  expect(parseCommand("/seatrial approve 4f2c1e9")).toEqual({ kind: "approve", argument: "4f2c1e9" });
});

test("what is quoted, fenced, indented, in the middle of a line or another word is none", () => {
  const none = [
    "",
    "please /seatrial up",
    "> /seatrial up",
    "    /seatrial up",
    "/seatrials up",
    "```\n/seatrial up\n```",
    "~~~ sh\n/seatrial up",
  ];
  for (const comment of none) expect([comment, parseCommand(comment)]).toEqual([comment, null]);
  expect(parseCommand("```\ncode\n```\n/seatrial rerun")).toEqual({ kind: "rerun", argument: null });
});

test("what cannot be done says what to write", () => {
  const problems: [string, string][] = [
    ["/seatrial", "known: /seatrial up, down"],
    ["/seatrial UP", "there is no such command"],
    ["/seatrial up now", "takes no more words"],
    ["/seatrial extend 4h please", "too many words"],
    ["/seatrial extend", "/seatrial extend 4h"],
    ["/seatrial extend 10s", "from 1m to 336h"],
    ["/seatrial extend 337h", "from 1m to 336h"],
    ["/seatrial approve", "write the commit"],
    ["/seatrial approve 4f2c1e", "write the commit"],
    ["/seatrial approve HEAD123", "write the commit"],
  ];
  for (const [comment, words] of problems)
    expect([comment, parseCommand(comment)]).toEqual([comment, { problem: expect.stringContaining(words) }]);
});

test("no text makes it throw, and no answer repeats what a stranger wrote but a checked argument", () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("/seatrial ", "\n", "```", "extend 4h")),
  );
  fc.assert(
    fc.property(texts, (parts) => {
      const command = parseCommand(parts.join(""));
      if (command === null || "problem" in command) return true;
      return command.argument === null || /^[0-9a-z]{1,64}$/.test(command.argument);
    }),
  );
});
