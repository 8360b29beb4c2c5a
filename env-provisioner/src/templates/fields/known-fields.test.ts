import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { KubernetesObject } from "../../planned-object.ts";
import { compileDocument } from "./compile-schema.ts";
import { createKnownFields, type KnownFields } from "./known-fields.ts";

const object = (yaml: string) => parse(yaml) as KubernetesObject;
const unknown = (fields: KnownFields, yaml: string) =>
  fields
    .unknownFields(object(yaml))
    .map(({ path, nearest }) => `${path.join(".")}${nearest ? ` (${nearest})` : ""}`);

const pod = (container: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: b}, {name: c, ${container}}]}}`;
const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget}
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer}
                parts: {type: array, items: {type: object, properties: {color: {type: string}}}}
                byName: {type: object, additionalProperties: {type: object, properties: {color: {type: string}}}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: string}}}
                pod: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
    - {name: v2, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;
const widget = (spec: string, version = "v1") =>
  `{apiVersion: example.com/${version}, kind: Widget, metadata: {name: a}, spec: ${spec}}`;

describe("fields that a type does not have are found", () => {
  const fields = createKnownFields();

  test.each([
    [pod("imagePulPolicy: Always"), ["spec.containers.1.imagePulPolicy (imagePullPolicy)"]],
    ["{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, replicas: 2}", ["replicas"]],
    [
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, label: {}}, Data: {}}",
      ["metadata.label (labels)", "Data (data)"],
    ],
    [
      "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {resources: {request: {}}}}",
      ["spec.resources.request (requests)"],
    ],
  ])("%s", (yaml, found) => {
    expect(unknown(fields, yaml)).toEqual(found);
  });

  test.each([
    pod("env: [{name: A, value: b}], resources: {limits: {example.com/anything: 1}}"),
    "{apiVersion: v1, kind: Secret, metadata: {name: a, annotations: {any: text}}, stringData: {any: text}}",
    "{apiVersion: v1, kind: Service, metadata: {name: a}, status: {}, spec: {ports: [{targetPort: web}], selector: {a: b}}}",
  ])("and no others: %s", (yaml) => {
    expect(unknown(fields, yaml)).toEqual([]);
  });
});

test("a definition of the template says what its resources have, as deep as it says", () => {
  const fields = createKnownFields();
  expect(unknown(fields, widget("{colour: red}"))).toEqual([]);
  fields.learn(object(widgets));
  const spec =
    "{size: 1, colour: red, parts: [{colour: red}], byName: {any: {colour: red}}, free: {b: c}, pod: {kind: Pod, specs: {}}}";
  expect(unknown(fields, widget(spec))).toEqual([
    "spec.colour",
    "spec.parts.0.colour (color)",
    "spec.byName.any.colour (color)",
    "spec.pod.specs (spec)",
  ]);
  expect(unknown(fields, widget("{anything: 1}", "v2"))).toEqual([]);
});

describe("with a cluster", () => {
  const gadgets = compileDocument({
    components: {
      schemas: {
        "com.example.v1.Gadget": {
          properties: {
            apiVersion: {},
            kind: {},
            metadata: {},
            next: { allOf: [{ $ref: "#/components/schemas/com.example.v1.Gadget" }] },
          },
          "x-kubernetes-group-version-kind": [{ group: "example.com", version: "v1", kind: "Gadget" }],
        },
      },
    },
  });
  const gadget = "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: a}, next: {next: {nxet: {}}}}";

  test("what Kubernetes itself brings is not asked for when its version is known, and everything else once", async () => {
    const asked: string[] = [];
    const fields = createKnownFields({
      kubeVersion: "v1.36.3",
      ask: async (apiVersion) => {
        asked.push(apiVersion);
        return apiVersion === "example.com/v1" ? gadgets : null;
      },
    });
    const objects = [
      pod("image: x"),
      gadget,
      "{apiVersion: other.example/v1, kind: Thing, metadata: {name: a}, any: 1}",
    ];
    for (let time = 0; time < 2; time += 1) await fields.load(objects.map(object));
    expect(asked).toEqual(["example.com/v1", "other.example/v1"]);
    expect(objects.map((yaml) => unknown(fields, yaml))).toEqual([[], ["next.next.nxet (next)"], []]);
  });

  test("of another version even Kubernetes' own types are asked for", async () => {
    const asked: string[] = [];
    const ask = async (apiVersion: string) => {
      asked.push(apiVersion);
      return null;
    };
    await createKnownFields({ kubeVersion: "v1.41.0", ask }).load([object(pod("image: x"))]);
    expect(asked).toEqual(["v1"]);
  });
});
