import { describe, expect, it } from "vitest";
import { parseJournal } from "./parse-journal.ts";

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
const parse = (...lines: (object | string)[]) =>
  parseJournal(
    "journal.ndjson",
    once(lines.map((line) => (typeof line === "string" ? line : `${JSON.stringify(line)}\n`)).join("")),
  );

describe("the helper's journal", () => {
  it("makes a result of each end", async () => {
    const results = await parse(
      { event: "start", case: "a" },
      {
        event: "end",
        case: "a",
        outcome: "failed",
        seconds: 0.5,
        message: "no",
        detail: "why",
        file: "a.py",
        line: 3,
      },
      { event: "finish" },
    );
    expect(results).toEqual([
      { case: "a", outcome: "failed", seconds: 0.5, message: "no", detail: "why", file: "a.py", line: 3 },
    ]);
  });

  it("makes an errored result of a case that started and never ended", async () => {
    const results = await parse(
      { event: "start", case: "a" },
      { event: "start", case: "b" },
      { event: "end", case: "b", outcome: "passed" },
    );
    expect(results.map((result) => [result.case, result.outcome])).toEqual([
      ["b", "passed"],
      ["a", "errored"],
    ]);
    expect(results[1]?.message).toContain("no result");
  });

  it("may end in the middle of a line: its writer died there", async () => {
    expect(await parse({ event: "end", case: "a", outcome: "passed" }, '{"event":"end","ca')).toHaveLength(1);
  });

  it("is refused, with the line, when a line in it is no journal line", async () => {
    await expect(parse({ event: "finish" }, "nonsense\n")).rejects.toThrow(/line 2: not JSON/);
    await expect(parse({ event: "end", case: "a", outcome: "great" })).rejects.toThrow(/line 1: outcome/);
    await expect(parse("[]\n")).rejects.toMatchObject({ code: "report_invalid" });
  });

  it("skips events of later helpers", async () => {
    expect(await parse({ event: "heartbeat" }, { event: "end", case: "a", outcome: "passed" })).toHaveLength(
      1,
    );
  });

  it("is refused when a line has no end in sight", async () => {
    await expect(parse("x".repeat(2_000_000))).rejects.toThrow(/line 1: longer than/);
  });

  it("is refused at the case that is too many, also when its cases only start", async () => {
    const starts = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ event: "start", case: `c${index}` }));
    const end = { event: "end", case: "c", outcome: "passed" };
    expect(await parse(end, ...starts(99_999))).toHaveLength(100_000);
    await expect(parse(end, ...starts(100_001))).rejects.toThrow(/line 100001: more than 100000 cases/);
  });

  it("keeps names that Postgres could not store, made safe", async () => {
    const [result] = await parse({ event: "end", case: "a\0b\ud800", outcome: "passed" });
    expect(result?.case).toBe("a\uFFFDb\uFFFD");
  });
});
