import { nodeLayer } from "./builtin-base.ts";
import { baseEntries, copyFile } from "./entries.ts";
import type { ImageSpec } from "./image-spec.ts";

/** The agent: Node and one bundled file. The flags keep its memory small (see Dockerfile.agent, which has the same). */
export async function agentImage(bundleFile: string): Promise<ImageSpec> {
  return {
    name: "seatrial/agent",
    tag: "lab",
    layers: [await nodeLayer(), [copyFile(bundleFile, "/app/agent.mjs", 0o644)]],
    config: {
      entrypoint: ["/usr/local/bin/node", "--max-semi-space-size=1", "--optimize-for-size", "/app/agent.mjs"],
      environment: { NODE_ENV: "production" },
      workingFolder: "/app",
    },
  };
}

/** The helper: one static program and nothing else. */
export async function helperImage(program: string): Promise<ImageSpec> {
  return {
    name: "seatrial/helper",
    tag: "lab",
    layers: [[...baseEntries(), copyFile(program, "/helper", 0o755)]],
    config: { entrypoint: ["/helper"], workingFolder: "/" },
  };
}
