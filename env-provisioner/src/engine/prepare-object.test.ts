import { describe, expect, test } from "vitest";
import { signatureKey, unknownValue } from "../kubernetes-provider/struct-values.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import { prepareObject } from "./prepare-object.ts";

const of = { environmentId: "e-1", project: "default" };
const plan = (kind: string, content: Record<string, unknown>, labels = {}): PlannedObject => ({
  ...{ key: "web/x", component: "web", namespaced: true, after: [], source: { file: "a.yaml", line: 4 } },
  object: {
    apiVersion: "v1",
    kind,
    metadata: { name: "x", namespace: "web", labels },
    ...content,
  } as KubernetesObject,
});

describe("an object on its way to the engine", () => {
  test("gets the environment's labels, keeps its own and loses its status", () => {
    const labels = { app: "web", "app.kubernetes.io/managed-by": "Helm", "seatrial.dev/environment": "e-2" };
    const prepared = prepareObject(plan("ConfigMap", { status: { a: 1 } }, labels), of);
    expect(prepared.metadata.labels).toEqual({
      ...labels,
      ...{ "seatrial.dev/environment": "e-1", "seatrial.dev/project": "default" },
    });
    expect(prepared).not.toHaveProperty("status");
  });

  test("has a Secret's stringData as data, which wins over data", () => {
    const prepared = prepareObject(
      plan("Secret", { data: { a: "b2xk", b: "Yg==" }, stringData: { a: "new" } }),
      of,
    );
    expect(prepared.data).toEqual({ a: Buffer.from("new").toString("base64"), b: "Yg==" });
    expect(prepared).not.toHaveProperty("stringData");
  });

  test.each([[{ a: { deep: "s3cret" } }], [{ a: 5 }], [["s3cret"]]])(
    "is refused when its stringData holds something else than text: %j",
    (stringData) => {
      const refused = () => prepareObject(plan("Secret", { stringData }), of);
      expect(refused).toThrow(/must be text/);
      expect(refused).not.toThrow(/s3cret/);
    },
  );

  test("loses the copy of itself that a client-side apply wrote into its annotations", () => {
    const copied = plan("Secret", {});
    copied.object.metadata.annotations = {
      kept: "yes",
      "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"czNjcmV0"}}',
    };
    expect(prepareObject(copied, of).metadata.annotations).toEqual({ kept: "yes" });
  });

  test.each([
    ["an asset", { data: { [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", path: "/etc/passwd" } }],
    ["an unknown", { data: { a: unknownValue } }],
  ])("is refused when it poses as %s of the engine", (_, content) => {
    expect(() => prepareObject(plan("ConfigMap", content), of)).toThrow(
      expect.objectContaining({ code: "object_refused", place: { file: "a.yaml", line: 4 } }),
    );
  });
});
