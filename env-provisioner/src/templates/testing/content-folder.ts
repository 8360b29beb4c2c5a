import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { templateComponentSchema } from "@seatrial/contracts/environments/environment-template.ts";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { createKnownFields } from "../fields/known-fields.ts";
import { type RenderedComponent, renderComponent } from "../render-component.ts";
import type { RenderContext } from "../render-context.ts";
import { createResourceTypes } from "../resource-types.ts";

/** podinfo as its authors publish it: a real chart and real kustomizations. */
export function findPodinfo(): Promise<string> {
  return findModuleFolder("github.com/stefanprodan/podinfo", "v1.8.1-0.20250910200901-e86405a8674e");
}

export type ContentFolder = {
  folder: string;
  write: (files: Record<string, string>) => Promise<void>;
  copy: (from: string, to: string) => Promise<void>;
  render: (
    component: { kind: string; path: string } & Record<string, unknown>,
    context?: Partial<RenderContext>,
  ) => Promise<RenderedComponent>;
  close: () => Promise<void>;
};

/** A content as a change would bring it, rendered by the real tools. */
export async function createContentFolder(files: Record<string, string> = {}): Promise<ContentFolder> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-content-"));
  const tools = { helm: (await findTool("helm")).path, kubectl: (await findTool("kubectl")).path };
  const write = async (more: Record<string, string>) => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };
  await write(files);
  return {
    folder,
    write,
    // Go's module cache is read-only; a copy that keeps its modes could not be removed.
    copy: (from, to) => cp(from, join(folder, to), { recursive: true, mode: 0 }),
    render: (component, context) =>
      renderComponent(templateComponentSchema.parse({ name: "app", ...component }), {
        contentFolder: folder,
        environmentId: "e-aaaaaaaaaaaaaaaa",
        namespace: "shop-pr-12-k3x",
        target: {
          ...{ kubeVersion: "v1.36.3", apiVersions: ["apps/v1"] },
          resources: someTypes(),
          fields: createKnownFields(),
        },
        outputs: {},
        change: { sha: "4f2c1e9", branch: "rename-greeting" },
        tools,
        ...context,
      }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const clusterKinds = ["Namespace", "CustomResourceDefinition", "ClusterRole", "PriorityClass"];

/** A cluster that serves the built-in groups and nothing of `example.com`. */
export function someTypes() {
  return createResourceTypes((apiVersion, kind) =>
    apiVersion.includes("example.com") ? null : !clusterKinds.includes(kind),
  );
}
