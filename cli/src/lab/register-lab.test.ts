import type { ClusterStatus, LabStatus } from "@seatrial/lab/lab-status.ts";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { formatLabStatus } from "./format-lab-status.ts";
import { registerLab } from "./register-lab.ts";

function createProgram(): Command {
  const program = new Command();
  registerLab(program);
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    for (const child of command.commands) silence(child);
  };
  silence(program);
  return program;
}

describe("`seatrial lab`", () => {
  test.each([
    ["lab up --clusters two", /whole number above 0/],
    ["lab up --clusters 0", /whole number above 0/],
    ["lab up --driver docker", /Allowed choices are kind, native/],
    ["lab cut east", /required option '--seconds <seconds>'/],
    ["lab kill east", /missing required argument 'component'/],
    ["lab load", /missing required argument 'image'/],
    ["lab upp", /unknown command 'upp'/],
  ])("refuses `%s` before it touches anything", async (line, message) => {
    await expect(createProgram().parseAsync(line.split(" "), { from: "user" })).rejects.toThrow(message);
  });
});

describe("the lab's status for a person", () => {
  const ready: ClusterStatus = {
    name: "east",
    phase: "ready",
    kubeconfig: "/lab/east/admin.conf",
    context: "seatrial-east",
    address: "10.88.0.11",
    isCut: false,
    components: [{ name: "kubelet", pid: 7, isReady: true }],
  };
  const lab = (cluster: ClusterStatus): LabStatus => ({
    driver: "native",
    registry: { address: "10.88.0.1:5000", pid: 6 },
    clusters: [cluster],
  });

  test("says where each cluster answers", () => {
    expect(formatLabStatus(lab(ready))).toBe(
      "Lab of the native driver, registry 10.88.0.1:5000\n  east at 10.88.0.11: ready (kubeconfig /lab/east/admin.conf)",
    );
  });

  test("says what is wrong: half up, cut off, a component down", () => {
    const components = [{ name: "kubelet" as const, pid: undefined, isReady: false }];
    const text = formatLabStatus(lab({ ...ready, phase: "starting", isCut: true, components }));
    expect(text).toContain("half up: repeat `seatrial lab up`; link cut; not ready: kubelet");
    expect(text).not.toContain(": ready");
  });

  test("says how to begin when there is none", () => {
    expect(formatLabStatus(undefined)).toContain("seatrial lab up");
  });
});
