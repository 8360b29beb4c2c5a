import { listTools } from "@seatrial/toolchain/list-tools.ts";
import { Command } from "commander";
import { expect, test, vi } from "vitest";
import { formatTable, registerTools } from "./register-tools.ts";

async function run(...words: string[]): Promise<string> {
  const written: string[] = [];
  const write = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const program = new Command();
    registerTools(program);
    await program.parseAsync(["tools", ...words], { from: "user" });
  } finally {
    write.mockRestore();
  }
  return written.join("");
}

test("`seatrial tools -o json` lists every tool with version, source and path", async () => {
  const tools = JSON.parse(await run("-o", "json"));
  expect(tools).toEqual(await listTools());
  expect(tools.map((tool: { name: string }) => tool.name)).toEqual(
    expect.arrayContaining(["kube-apiserver", "etcd", "helm", "coredns", "helper"]),
  );
});

test("`seatrial tools` prints a table with one row per tool", async () => {
  const [heading, ...rows] = (await run()).split("\n");
  expect(heading).toMatch(/^TOOL +VERSION +SOURCE +PATH$/);
  expect(rows.find((row) => row.startsWith("helm "))).toMatch(
    /^helm +4\.\d+\.\d+ +(cache|path|configured|to build) +\//,
  );
});

test("a tool that is not there yet says how it would come, and why it is taken from there", () => {
  const text = formatTable([
    {
      name: "helm",
      version: "4.3.1",
      source: "build",
      state: "absent",
      path: "/c/helm",
      notes: ["no download pinned"],
    },
    { name: "etcd", version: "3.6.16", source: "path", state: "present", path: "/bin/etcd", notes: [] },
  ]);
  expect(text).toBe(
    [
      "TOOL  VERSION  SOURCE    PATH",
      "helm  4.3.1    to build  /c/helm",
      "etcd  3.6.16   path      /bin/etcd",
      "  helm: no download pinned",
      "",
    ].join("\n"),
  );
});
