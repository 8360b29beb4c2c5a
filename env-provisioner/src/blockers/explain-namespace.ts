import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import type { Refusal } from "../teardown/delete-object.ts";
import {
  type ClusterObject,
  type FoundObject,
  namespaceType,
  referenceOf,
} from "../teardown/found-object.ts";
import { type Cause, shellCommand } from "./cause.ts";
import { kubectlWords } from "./kubectl-command.ts";

/** Conditions by which the namespace controller says that it cannot go on; those that only count are not among them. */
const complaints = new Set([
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
]);

/** What a namespace that does not go says about itself. */
export function explainNamespace(found: FoundObject): Cause[] {
  const { metadata, status } = found.object;
  const command = shellCommand("kubectl", "get", ...kubectlWords(found), "-o", "yaml");
  return (status?.conditions ?? [])
    .filter((condition) => complaints.has(condition.type) && condition.status === "True")
    .map((condition) => ({
      key: `namespace ${metadata.uid} ${condition.type}`,
      kind: "unknown",
      object: referenceOf(found),
      message:
        `namespace ${metadata.name}: ${condition.reason ?? condition.type}: ${condition.message ?? ""}`.slice(
          0,
          2_000,
        ),
      command,
      since: condition.lastTransitionTime ?? null,
      repair: null,
    }));
}

/** Deletions that the API server refused for other reasons than a webhook: rights, an admission policy. */
export function explainRefusals(refusals: readonly Refusal[]): Cause[] {
  return refusals.slice(0, 10).map(({ what, message }) => ({
    key: `refusal ${what}`,
    kind: "unknown",
    object: null,
    message: `the API server does not let ${what} be deleted: ${message}`.slice(0, 2_000),
    command: shellCommand("kubectl", "delete", "--raw", what),
    since: null,
    repair: null,
  }));
}

/** A namespace with the recorded UID that lost its label: ours perhaps, but a removal goes by the label. */
export function explainForeignNamespace(
  foreign: ClusterObject | null,
  namespace: string,
  recorded: readonly ObjectReference[],
): Cause[] {
  const isRecorded = recorded.some(({ kind, uid }) => kind === "Namespace" && uid === foreign?.metadata.uid);
  if (foreign === null || !isRecorded) return [];
  return [
    {
      key: `foreign ${foreign.metadata.uid}`,
      kind: "unknown",
      object: referenceOf({ type: namespaceType, object: foreign }),
      message: `namespace ${namespace} was made for this environment and does not carry its label any more, so it is not touched. Put the label back, or delete it by hand.`,
      command: shellCommand("kubectl", "delete", "namespaces", namespace),
      since: null,
      repair: null,
    },
  ];
}
