import type { FoundObject } from "../teardown/found-object.ts";
import { shellCommand } from "./cause.ts";

/** `widgets.example.com demo -n shop` and the like: how kubectl names an object without guessing. */
export function kubectlWords({ type, object }: FoundObject): string[] {
  const { name, namespace } = object.metadata;
  const resource = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
  return [resource, name, ...(namespace === undefined ? [] : ["-n", namespace])];
}

/** Takes one finalizer off and leaves the others. */
export function removeFinalizerCommand(found: FoundObject, finalizer: string): string {
  const finalizers = (found.object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
  const patch = JSON.stringify({ metadata: { finalizers: finalizers.length > 0 ? finalizers : null } });
  return shellCommand("kubectl", "patch", ...kubectlWords(found), "--type=merge", "-p", patch);
}
