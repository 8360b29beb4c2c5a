import { cp, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentTemplateInput } from "@seatrial/contracts/environments/environment-template.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import type { Kubectl } from "./lab-pods.ts";
import type { LabStack } from "./lab-stack.ts";

/** podinfo 6.9.2 as its authors publish it: a chart and a kustomization, in its Go module. */
export const podinfoModule = [
  "github.com/stefanprodan/podinfo",
  "v1.8.1-0.20250910200901-e86405a8674e",
] as const;

export type Files = Record<string, string>;

/** Uploads files, and folders of podinfo's module beside them; returns the content's digest. */
export async function uploadFiles(
  stack: LabStack,
  files: Files,
  podinfoFolders: readonly string[] = [],
): Promise<string> {
  const folder = await mkdtemp(join(stack.folder, "content-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  if (podinfoFolders.length > 0) {
    const module = await findModuleFolder(...podinfoModule);
    // Go's module cache is read-only; a copy that keeps its modes could not be removed.
    for (const path of podinfoFolders)
      await cp(join(module, path), join(folder, path), { recursive: true, mode: 0 });
  }
  return (await uploadContent(stack.project, folder)).sha256;
}

/** Follows an environment's events until its state is one of these, and reads it again. */
export async function untilState(
  stack: LabStack,
  id: string,
  ...states: Environment["state"][]
): Promise<Environment> {
  for await (const _event of stack.project.followEnvironment(id, { sleep })) {
    const environment = await stack.project.getEnvironment(id);
    if (states.includes(environment.state)) return environment;
  }
  return stack.project.getEnvironment(id);
}

/** Makes an environment, in this cluster where one is named, and waits until it is ready or has failed. */
export async function makeEnvironment(
  stack: LabStack,
  name: string,
  template: EnvironmentTemplateInput,
  contentSha256: string,
  cluster?: string,
): Promise<Environment> {
  const clusters = { labels: cluster === undefined ? {} : { name: cluster } };
  const { id } = await stack.project.createEnvironment({ name, template, contentSha256, clusters });
  return untilState(stack, id, "ready", "failed");
}

/** Removes an environment and waits for the end of that. */
export async function removeByHand(stack: LabStack, id: string): Promise<Environment> {
  await stack.project.deleteEnvironment(id);
  return untilState(stack, id, "deleted", "stuck");
}

/** Every object of every type that carries the environment's label, by kubectl alone: `Kind/name uid`. */
export async function listByKubectl(kubectl: Kubectl, environmentId: string): Promise<string[]> {
  const types = (await kubectl.run(["api-resources", "--verbs=list", "-o", "name"])).trim().split("\n");
  const selector = ["--selector", `seatrial.dev/environment=${environmentId}`];
  const format = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}";
  const said = await kubectl.run(["get", types.join(","), "--all-namespaces", ...selector, "-o", format]);
  return said.split("\n").filter((line) => line !== "");
}

/**
 * Everything that is in the cluster, whoever made it, by kubectl alone: `Kind/namespace/name`. Without events, which
 * are no objects that somebody keeps, and without what the cluster's own CronJob starts whenever it likes.
 */
export async function listEverything(kubectl: Kubectl): Promise<ReadonlySet<string>> {
  const types = (await kubectl.run(["api-resources", "--verbs=list", "-o", "name"])).trim().split("\n");
  const kept = types.filter((type) => type !== "events" && type !== "events.events.k8s.io");
  const format = "jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name}{'\\n'}{end}";
  const said = await kubectl.run(["get", kept.join(","), "--all-namespaces", "-o", format]);
  return new Set(
    said.split("\n").filter((line) => line !== "" && !/^(Job|Pod)\/seatrial\/.*-janitor-/.test(line)),
  );
}

export async function namespaceIsThere(kubectl: Kubectl, namespace: string): Promise<boolean> {
  return (await kubectl.run(["get", "namespace", namespace, "--ignore-not-found", "-o", "name"])) !== "";
}

/** References of the lab's own images, as charts take them and as kustomizations name them. */
export async function loadApplications() {
  const split = (reference: string) => {
    const colon = reference.lastIndexOf(":");
    return { reference, repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  };
  return {
    podinfo: split((await labLoadBuiltin("podinfo")).reference),
    redis: split((await labLoadBuiltin("redis")).reference),
  };
}
export type Applications = Awaited<ReturnType<typeof loadApplications>>;
