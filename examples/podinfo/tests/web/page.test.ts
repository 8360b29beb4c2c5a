import assert from "node:assert/strict";
import { test } from "node:test";
import { getJson } from "./client.ts";
import { baseUrl } from "./config.ts";

test("a browser gets a page", async () => {
  const page = await fetch(baseUrl, { headers: { "user-agent": "Mozilla/5.0" } });
  assert.match(page.headers.get("content-type") ?? "", /text\/html/);
  assert.match(await page.text(), /<title>podinfo/);
});

test("a program gets data", async () => {
  const answer = await fetch(baseUrl, { headers: { "user-agent": "tests" } });
  assert.match(answer.headers.get("content-type") ?? "", /application\/json/);
});

test("the page has the preview's colour", async () => {
  assert.equal((await getJson("/api/info")).color, "#1f6f8b");
});
