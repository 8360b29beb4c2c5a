import type { KubeClient } from "./kube-client.ts";

export type ApplyOptions = {
  fieldManager: string;
  /** Ask what would happen; nothing is changed. */
  dryRun?: boolean;
  signal?: AbortSignal;
};

/**
 * Server-side apply of a whole object under one field manager, taking fields from other managers. It takes objects
 * over that somebody else made, so the caller looks first. Fields that the type does not have are refused. Answers with
 * the object as it is then.
 */
export function applyObject<Applied>(
  kube: KubeClient,
  path: string,
  object: unknown,
  { fieldManager, dryRun = false, signal }: ApplyOptions,
): Promise<Applied> {
  return kube.patch<Applied>(path, object, {
    // JSON is YAML, so nothing is rewritten.
    contentType: "application/apply-patch+yaml",
    query: { fieldManager, force: true, fieldValidation: "Strict", ...(dryRun ? { dryRun: "All" } : {}) },
    ...(signal ? { signal } : {}),
  });
}
