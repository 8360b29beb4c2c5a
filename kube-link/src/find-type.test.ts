import { expect, test } from "vitest";
import { createTypeFinder, pathOfObject } from "./find-type.ts";
import type { KubeClient } from "./kube-client.ts";
import { KubeError } from "./kube-error.ts";

/** Answers with what the cluster serves at the time. */
function clusterOf(served: Record<string, { name: string; kind: string; namespaced: boolean }[]>) {
  let reads = 0;
  const get = async (path: string) => {
    reads += 1;
    const resources = served[path];
    if (resources) return { resources };
    throw new KubeError(404, "NotFound", path);
  };
  return { kube: { get } as unknown as KubeClient, reads: () => reads };
}
const deployments = { name: "deployments", kind: "Deployment", namespaced: true };
const scale = { name: "deployments/scale", kind: "Scale", namespaced: true };

test("a type is read once, and subresources are none", async () => {
  const { kube, reads } = clusterOf({ "/apis/apps/v1": [deployments, scale] });
  const find = createTypeFinder(kube);
  const [type] = await Promise.all([find("apps/v1", "Deployment"), find("apps/v1", "Deployment")]);
  expect(type).toMatchObject({ plural: "deployments", group: "apps", namespaced: true });
  expect(reads()).toBe(1);
  expect(await find("apps/v1", "Scale")).toBeNull();
});

test("a type that comes later is found then", async () => {
  const served: Parameters<typeof clusterOf>[0] = {};
  const { kube } = clusterOf(served);
  const find = createTypeFinder(kube);
  expect(await find("example.com/v1", "Widget")).toBeNull();
  served["/apis/example.com/v1"] = [{ name: "gears", kind: "Gear", namespaced: false }];
  expect(await find("example.com/v1", "Widget")).toBeNull();
  served["/apis/example.com/v1"] = [{ name: "widgets", kind: "Widget", namespaced: true }];
  const type = await find("example.com/v1", "Widget");
  expect(type && pathOfObject(type, "a", "one")).toBe("/apis/example.com/v1/namespaces/a/widgets/one");
});
