import { expect, test } from "vitest";
import type { KubernetesObject } from "../planned-object.ts";
import { expectsEndpoints } from "./expects-endpoints.ts";

const service = (spec: object) =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "a" },
    spec,
  }) as KubernetesObject;
const workload = (replicas: number, app = "web", namespace = "a") =>
  ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace } },
    spec: { replicas, template: { metadata: { labels: { app, tier: "front" } } } },
  }) as KubernetesObject;
const web = service({ selector: { app: "web" } });

test("a Service waits for endpoints when a planned workload brings its pods", () => {
  expect(expectsEndpoints(web, [workload(1)])).toBe(true);
});

test.each([
  ["at zero replicas", web, workload(0)],
  ["of other pods", web, workload(1, "api")],
  ["in another namespace", web, workload(1, "web", "b")],
  ["when it selects none", service({}), workload(1)],
  ["when it is only a name", service({ type: "ExternalName", selector: { app: "web" } }), workload(1)],
])("a Service does not wait for a workload %s", (_, one, object) => {
  expect(expectsEndpoints(one, [object])).toBe(false);
});
