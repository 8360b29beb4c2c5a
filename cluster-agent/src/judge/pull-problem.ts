import { type ExitDraft, exitOf } from "./pod-view.ts";

export type PullProblem = { kind: "image" | "pull"; exit: ExitDraft; graceSeconds: number };
export type FailedPull = {
  whose: string;
  image: string;
  reason: string;
  message: string;
  fix: string;
  /** The suite names it itself: nobody else can mend it. */
  isSuites: boolean;
};

/** A registry that answers no may just have been pushed to; a name that is wrong stays wrong. */
const answeredGraceSeconds = 20;
/** Registries, proxies and name servers fail for moments, and the kubelet pulls again after up to 80 s of them. */
const troubleGraceSeconds = 180;

const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "RegistryUnavailable",
  "ImageInspectError",
  "SignatureValidationFailed",
]);
const hopelessReasons = new Set(["InvalidImageName", "ErrImageNeverPull"]);

/** What runtimes say when the registry has answered that there is no such image for this cluster. */
const answeredWords =
  /not ?found|unauthori[sz]ed|authentication required|no basic auth|denied|forbidden|insufficient.scope|(manifest|name) unknown|does not exist|invalid reference/i;
const busyWords = /too ?many ?requests|rate limit/i;

/** Why an image is not there; null when its pull has not failed. Only what another pull may mend is worth another attempt. */
export function pullProblem(pull: FailedPull): PullProblem | null {
  const { whose, image, reason, message, fix } = pull;
  const missing = pull.isSuites ? "image_missing" : "agent_error";
  if (hopelessReasons.has(reason))
    return {
      ...{ kind: "image", graceSeconds: 0 },
      exit: exitOf(missing, `${whose} '${image}' cannot be used (${reason}): ${message}. ${fix}.`),
    };
  if (!pullReasons.has(reason)) return null;
  if (isAnswered(pull))
    return {
      ...{ kind: "image", graceSeconds: answeredGraceSeconds },
      exit: exitOf(
        missing,
        `${whose} '${image}' cannot be pulled: ${message || reason}. ${fix}, or let the cluster read its registry.`,
      ),
    };
  return {
    ...{ kind: "pull", graceSeconds: troubleGraceSeconds },
    exit: exitOf(
      "pod_rejected",
      `${whose} '${image}' could not be pulled for ${troubleGraceSeconds} s: ${message || reason}. Let the cluster reach its registry.`,
    ),
  };
}

function isAnswered({ image, reason, message }: FailedPull): boolean {
  // Names and addresses stand in quotes, and may contain any of the words.
  const words = message.replaceAll(/"[^"]*"/g, "").replaceAll(image, "");
  if (reason === "SignatureValidationFailed") return true;
  return answeredWords.test(words) && !busyWords.test(words);
}
