import { expect, test } from "vitest";
import { createConnectionNotice } from "./connection-notice.ts";

test("a hub that is away is said once, and once that it is back", () => {
  const said: string[] = [];
  const notice = createConnectionNotice({ note: (line) => said.push(line) }, () => said.push("(clear)"));
  notice.back();
  notice.lost();
  notice.lost();
  notice.back();
  notice.back();
  notice.lost();
  expect(said.map((line) => line.replace(/ \(Ctrl-C.*/, ""))).toEqual([
    "(clear)",
    "the connection to the hub was lost, trying again",
    "(clear)",
    "the hub answers again",
    "(clear)",
    "the connection to the hub was lost, trying again",
  ]);
});
