import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { expect, test } from "vitest";
import { makeProof } from "./make-proof.ts";

const environmentId = "e-aaaaaaaaaaaaaaaa";
const namespace = "shop-1";
const label = { "seatrial.dev/environment": environmentId };
type Item = { metadata: { name: string; namespace?: string; uid: string; labels?: Record<string, string> } };
type Answer = number | Item[] | Item;

const kept = { verbs: ["get", "list", "delete"] };
const coreTypes = [
  { name: "namespaces", kind: "Namespace", namespaced: false, ...kept },
  { name: "persistentvolumes", kind: "PersistentVolume", namespaced: false, ...kept },
  { name: "pods", kind: "Pod", namespaced: true, ...kept },
  { name: "pods/log", kind: "Pod", namespaced: true, verbs: ["get"] },
  { name: "bindings", kind: "Binding", namespaced: true, verbs: ["create"] },
];
const roleTypes = [{ name: "clusterroles", kind: "ClusterRole", namespaced: false, ...kept }];
const roles = "/apis/rbac/v1/clusterroles";

/** An API server that holds what is given, by path; a number is a refusal with that status, all else is not there. */
async function proofOf(answers: Record<string, Answer>, recorded: ObjectReference[] = []) {
  const all: Record<string, unknown> = {
    "/apis": { groups: [{ name: "rbac", versions: [{ groupVersion: "rbac/v1" }] }] },
    "/api/v1": { resources: coreTypes },
    "/apis/rbac/v1": { resources: roleTypes },
    ...answers,
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const answer = all[url.pathname];
    const [key = "", value] = (url.searchParams.get("labelSelector") ?? "").split(",")[0]?.split("=") ?? [];
    const isFit = ({ metadata }: Item) => value === undefined || metadata.labels?.[key] === value;
    const isList = Object.hasOwn(Object.fromEntries(url.searchParams), "limit");
    const status = typeof answer === "number" ? answer : answer || isList ? 200 : 404;
    const items = Array.isArray(answer) ? answer.filter(isFit) : [];
    response.statusCode = status;
    const refusal = { reason: "Refused", message: `refused with ${status}` };
    response.end(
      JSON.stringify(status >= 300 ? refusal : Array.isArray(answer) || !answer ? { items } : answer),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const access = { caPem: null, clientCertificatePem: null, clientKeyPem: null, token: async () => null };
  const { port } = server.address() as AddressInfo;
  const kube = createKubeClient({ server: `http://127.0.0.1:${port}`, ...access });
  try {
    const request = { kube, environmentId, namespace, cluster: "east", recorded, clock: systemClock };
    return await makeProof(request);
  } finally {
    await kube.close();
    server.close();
  }
}

const reference = (apiVersion: string, kind: string, name: string, uid: string | null, inside = false) => ({
  ...{ apiVersion, kind, namespace: inside ? namespace : null, name, uid },
});
const itsNamespace = reference("v1", "Namespace", namespace, "u-n");
const itsRole = reference("rbac/v1", "ClusterRole", "reader", "u-r");
const itsPod = reference("v1", "Pod", "web", "u-p", true);
const role = (uid: string, labels = {}): Item => ({ metadata: { name: "reader", uid, labels } });
const states = ({ objects }: Awaited<ReturnType<typeof proofOf>>) =>
  objects.map(({ kind, state }) => `${kind} ${state}`);

test("what is not there is gone, and the namespace's end proves what was recorded inside", async () => {
  const proof = await proofOf({}, [itsNamespace, itsPod, itsRole]);
  expect(proof).toMatchObject({ complete: true, counts: { gone: 3 }, namespaceUid: "u-n", listed: 4 });
  expect(proof.objects.find(({ kind }) => kind === "Pod")?.why).toContain("u-n");
});

test("an object that has the name and another UID is not the environment's", async () => {
  const proof = await proofOf({ [roles]: [role("u-other")], [`${roles}/reader`]: role("u-other") }, [
    itsRole,
  ]);
  expect(proof).toMatchObject({ complete: true, counts: { gone: 1 } });
});

test("a recorded object that is there is left, although it lost its label", async () => {
  const proof = await proofOf({ [`${roles}/reader`]: role("u-r") }, [itsRole]);
  expect(states(proof)).toEqual(["ClusterRole left"]);
  expect(proof.complete).toBe(false);
});

test("an object with the label is left, although nobody recorded it", async () => {
  expect(states(await proofOf({ [roles]: [role("u-x", label)] }))).toEqual(["ClusterRole left"]);
});

test("an object in the name of a namespace that is gone is left", async () => {
  const orphan = { metadata: { name: "web", namespace, uid: "u-o" } };
  const proof = await proofOf({ [`/api/v1/namespaces/${namespace}/pods`]: [orphan] }, [itsNamespace]);
  expect(states(proof)).toEqual(["Pod left", "Namespace gone"]);
});

test("a foreign namespace of that name proves that the recorded one is gone, and its content is not listed", async () => {
  const foreign = { metadata: { name: namespace, uid: "u-foreign" } };
  const pods = [{ metadata: { name: "web", namespace, uid: "u-q" } }];
  const paths = {
    [`/api/v1/namespaces/${namespace}`]: foreign,
    [`/api/v1/namespaces/${namespace}/pods`]: pods,
  };
  const proof = await proofOf(paths, [itsNamespace, itsPod]);
  expect(proof).toMatchObject({ complete: true, counts: { gone: 2, left: 0 } });
});

test("a recorded object that cannot be read is unchecked, never gone", async () => {
  const proof = await proofOf({ [`${roles}/reader`]: 403, [roles]: 403 }, [itsRole]);
  expect(states(proof)).toEqual(["ClusterRole unchecked"]);
  expect(proof).toMatchObject({ complete: false, unlisted: [{ type: "rbac/v1 clusterroles" }] });
});

test("a type that may not be listed is told and keeps no proof back; one that fails does", async () => {
  expect(await proofOf({ [roles]: 403 })).toMatchObject({ complete: true, unlisted: [{}] });
  expect(await proofOf({ [roles]: 503 })).toMatchObject({ complete: false, unlisted: [{}] });
});

test("namespaces or volumes that may not be listed keep the proof back: what they hold would be seen by nobody", async () => {
  const blind = await proofOf({ "/api/v1/namespaces": 403 });
  expect(blind).toMatchObject({ complete: false, listed: 0, unlisted: [{ type: "*" }] });
  const volumes = await proofOf({ "/api/v1/persistentvolumes": 403 });
  expect(volumes).toMatchObject({ complete: false, unlisted: [{ type: "v1 persistentvolumes" }] });
  expect(await proofOf({ "/api/v1": 403 })).toMatchObject({ complete: false, unlisted: [{ type: "v1" }] });
});

test("a group that does not answer keeps the proof back, and what was recorded of it is unchecked", async () => {
  const proof = await proofOf({ "/apis/rbac/v1": 503 }, [itsRole]);
  expect(states(proof)).toEqual(["ClusterRole unchecked"]);
  expect(proof).toMatchObject({ complete: false, unlisted: [{ type: "rbac/v1" }] });
});

test("an object whose type has left the cluster is gone", async () => {
  const widget = reference("example.com/v1", "Widget", "demo", "u-w", true);
  expect(await proofOf({}, [widget])).toMatchObject({ complete: true, counts: { gone: 1 } });
});

test("with an API server that answers nothing, everything is unchecked", async () => {
  const proof = await proofOf({ "/apis": 503 }, [itsNamespace, itsRole]);
  expect(proof).toMatchObject({ complete: false, counts: { unchecked: 2 }, unlisted: [{ type: "*" }] });
});
