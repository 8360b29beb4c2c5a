import assert from "node:assert/strict";
import { test } from "node:test";
import { baseUrl } from "./config.ts";

test("what is said over a WebSocket comes back", async () => {
  const socket = new WebSocket(`${baseUrl.replace("http", "ws")}/ws/echo`);
  const said = new Promise<string>((resolve, reject) => {
    socket.addEventListener("open", () => socket.send("ahoy"));
    socket.addEventListener("error", () => reject(new Error("the connection failed")));
    // podinfo also says its own name every few seconds.
    socket.addEventListener("message", ({ data }) => {
      const { msg } = JSON.parse(String(data)) as { msg?: string };
      if (msg !== undefined) resolve(msg);
    });
  });
  assert.equal(await said, "ahoy");
  socket.close();
});
