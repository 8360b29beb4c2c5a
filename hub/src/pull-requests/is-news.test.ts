import { expect, test } from "vitest";
import { isNews, type TellingVia } from "./is-news.ts";

const row = (state: "open" | "closed", headSha = "a") => ({
  ...{ state, headSha, forgeUpdatedAt: new Date("2030-01-01T00:00:05.000Z") },
});
const told = (second: number, state: "open" | "closed" = "open", headSha = "a") => ({
  ...{ state, headSha, updatedAt: `2030-01-01T00:00:0${second}.000Z` },
});
const by = (action: string, before: string | null = null): TellingVia => ({ action, before });

test("what is older changes nothing, what is newer always counts", () => {
  for (const via of ["sweep" as const, by("closed"), by("reopened"), by("synchronize", "a")]) {
    expect(isNews(row("open"), told(4, "closed"), via)).toBe(false);
    expect(isNews(row("closed"), told(6, "open", "b"), via)).toBe(true);
  }
});

test("of the same second, only being opened again opens, and the first event of all never counts twice", () => {
  expect(isNews(row("closed"), told(5), by("synchronize", "a"))).toBe(false);
  expect(isNews(row("closed"), told(5), by("labeled"))).toBe(false);
  expect(isNews(row("closed"), told(5), by("reopened"))).toBe(true);
  expect(isNews(row("open"), told(5), by("opened"))).toBe(false);
  expect(isNews(row("open"), told(5, "closed"), by("closed"))).toBe(true);
});

test("of the same second, another head counts where it follows the one that is known", () => {
  expect(isNews(row("open", "a"), told(5, "open", "b"), by("synchronize", "a"))).toBe(true);
  expect(isNews(row("open", "b"), told(5, "open", "a"), by("synchronize", "z"))).toBe(false);
  expect(isNews(row("open", "b"), told(5, "open", "a"), by("labeled"))).toBe(false);
  expect(isNews(row("open", "b"), told(5, "open", "b"), by("labeled"))).toBe(true);
});

test("of the same second, a sweep counts: it was asked after the event", () => {
  expect(isNews(row("closed"), told(5, "open", "b"), "sweep")).toBe(true);
});
