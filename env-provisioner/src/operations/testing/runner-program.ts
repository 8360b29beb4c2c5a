/*
 * A runner for tests of its parent. What it does is in the template's first component's name: `answer`, `hang`,
 * `obey` (ends orderly when asked), `die`, `spawn` (a grandchild in a group of its own, then hangs).
 */
import { execFileSync, spawn } from "node:child_process";

const result = (code: string | null) => ({
  type: "result",
  result: {
    finish: {
      failure: code === null ? null : { code, message: "as the test says", file: null, line: null },
      steps: [],
      objects: [],
      endpoints: null,
    },
    state: null,
  },
});
let behaviour = "";

process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.on("message", (message: { type: string; reason?: string; work?: { name: string } }) => {
  if (message.type === "stop" && behaviour === "obey") process.send?.(result(message.reason ?? ""));
  if (message.type !== "start") return;
  behaviour = message.work?.name ?? "";
  // As its own children see it.
  const variables = execFileSync("/usr/bin/env", { encoding: "utf8" }).trim().split("\n");
  const names = variables.map((variable) => variable.replace(/=.*/s, "")).sort();
  process.send?.({ type: "step", name: "began", message: String(names) });
  if (behaviour === "answer") process.send?.(result(null));
  if (behaviour === "die") process.kill(process.pid, "SIGKILL");
  if (behaviour === "spawn") {
    const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    process.send?.({ type: "spawned", pid: child.pid });
    process.send?.({ type: "step", name: "spawned", message: String(child.pid) });
  }
});
process.send?.({ type: "ready" });
