import assert from "node:assert/strict";
import { test } from "node:test";
import { getJson, greetingWord } from "./client.ts";

test("greeting", async () => {
  const word = await greetingWord();
  assert(word === "hello", `expected hello, got ${word}`);
});

test("the greeting says where it comes from", async () => {
  const { message } = await getJson("/api/info");
  assert.match(message ?? "", /^\w+ from the \w+$/);
});
