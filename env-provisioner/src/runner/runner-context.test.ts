import { operationFinishSchema } from "@seatrial/contracts/agent-protocol/operation.ts";
import { expect, test } from "vitest";
import { resultOf } from "./runner-context.ts";

const said = { instance: "instance-1", endedAt: "2030-01-01T00:00:00.000Z" };
const context = { steps: () => [] };

test("an end is one that the hub takes, however long the names of a template's files and hooks are", () => {
  const long = "x".repeat(3_000);
  const failure = { code: "template_invalid" as const, message: "wrong", file: long, line: 3 };
  const { finish } = resultOf(context, { failure, leftOut: [long, "Pod/web-test"] });
  const taken = operationFinishSchema.parse({ ...finish, ...said });
  expect(taken.failure).toMatchObject({ code: "template_invalid", line: 3 });
  expect(taken.leftOut).toEqual([long.slice(0, 400), "Pod/web-test"]);
});

test("an end without a failure has none, and what is not said is as when nothing was touched", () => {
  const { finish } = resultOf(context, { failure: null });
  expect(finish).toMatchObject({ failure: null, objects: null, endpoints: null, leftOut: [] });
});
