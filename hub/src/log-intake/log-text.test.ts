import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutEnd, cutStart, logBytes, safeLogText, splitChunks } from "./log-text.ts";

describe("console output", () => {
  it("keeps its number of bytes when it is made safe, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const safe = safeLogText(`${text}\0\ud800`);
        expect(logBytes(safe)).toBe(Buffer.byteLength(`${text}\0\ud800`));
        expect(safe).not.toContain("\0");
        expect(safe.isWellFormed()).toBe(true);
      }),
    );
  });

  it("is split into whole characters that make the same text again", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 200 }),
        fc.integer({ min: 4, max: 20 }),
        (text, most) => {
          const chunks = [...splitChunks(text, most)];
          expect(chunks.join("")).toBe(text);
          expect(chunks.every((chunk) => logBytes(chunk) <= most)).toBe(true);
        },
      ),
    );
  });

  it("is cut at whole characters", () => {
    expect(cutStart("a☃b", 1)).toBe("☃b");
    expect(cutStart("a☃b", 2)).toBe("b");
    expect(cutStart("a☃b", 99)).toBe("");
    expect(cutEnd("a☃b", 3)).toBe("a");
    expect(cutEnd("a☃b", 4)).toBe("a☃");
  });
});
