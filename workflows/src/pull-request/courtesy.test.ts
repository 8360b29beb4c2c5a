import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { expect, test } from "vitest";
import { createCourtesy } from "./courtesy.ts";

test("courtesy is taken 30 times an hour, for each repository by itself", async () => {
  const clock = createManualClock();
  const courtesy = createCourtesy(clock);
  const taken = Array.from({ length: 40 }, () => courtesy.take("rp-1"));
  expect(taken.filter(Boolean).length).toBe(30);
  expect(courtesy.take("rp-2")).toBe(true);
  await clock.advance(3_600_000);
  expect(courtesy.take("rp-1")).toBe(true);
});
