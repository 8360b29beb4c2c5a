import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { expect, test } from "vitest";
import type { KubernetesObject } from "../planned-object.ts";
import { explainRefusal } from "./refuse.ts";

const object = (kind: string): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "key", namespace: "web" },
});
const explained = (kind: string, status: number, reason: string, message: string) =>
  explainRefusal(new KubeError(status, reason, message), object(kind), null).message;

test.each([
  [
    "secrets \"key\" is forbidden: ValidatingAdmissionPolicy 'no' with binding 'bound' denied request: s3cret",
    "ValidatingAdmissionPolicy 'no' with binding 'bound' denied request",
  ],
  [
    'admission webhook "a.example.com" denied the request: s3cret is weak',
    'admission webhook "a.example.com" denied the request',
  ],
  [
    'secrets "key" is forbidden: User "system:me" cannot patch resource "secrets" in API group "" in the namespace "web"',
    'User "system:me" cannot patch resource "secrets" in API group ""',
  ],
  [
    'secrets "key" is forbidden: exceeded quota: all, requested: secrets=1, used: secrets=5, limited: secrets=5',
    "exceeded quota: all, requested: secrets=1, used: secrets=5, limited: secrets=5",
  ],
])("a Secret that is forbidden says who forbids it and quotes nothing: %s", (message, kept) => {
  const said = explained("Secret", 403, "Forbidden", message);
  expect(said).toContain(kept);
  expect(said).not.toContain("s3cret");
});

test("of a Secret's other refusals only status and reason are told, of other objects the message", () => {
  const message = "unable to decode s3cret";
  expect(explained("Secret", 400, "BadRequest", message)).toBe(
    "Secret web/key: the API server refused it: 400 BadRequest",
  );
  expect(explained("ConfigMap", 400, "BadRequest", message)).toBe(`ConfigMap web/key: ${message}`);
});
