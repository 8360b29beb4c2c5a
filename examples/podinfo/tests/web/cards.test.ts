import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { greetingWord } from "./client.ts";
import { baseUrl } from "./config.ts";

/** podinfo keeps texts under the SHA-1 of what they say. */
const keyOf = (text: string) => createHash("sha1").update(text).digest("hex");
const readCard = (text: string) => fetch(`${baseUrl}/store/${keyOf(text)}`);
const writeCard = (text: string) => fetch(`${baseUrl}/store`, { method: "POST", body: text });

// What these tests expect to be there. They forget that somebody may choose another word.
before(() => writeCard("hello"));

test("the card of the greeting can be read", async () => {
  const word = await greetingWord();
  const card = await readCard(word);
  assert(card.status === 202, `no card says ${word}`);
});

test("a card can be written for the greeting", async () => {
  const word = await greetingWord();
  const { hash } = (await (await writeCard(word)).json()) as { hash: string };
  assert.equal(hash, keyOf(word));
});
