export const labErrorCodes = [
  "not_supported",
  "package_missing",
  "command_failed",
  "not_ready",
  "component_unknown",
  "cluster_unknown",
  "lab_not_up",
  "refused_by_driver",
  "image_invalid",
  "image_unknown",
  "usage",
  "address_taken",
  "lock_timeout",
] as const;
export type LabErrorCode = (typeof labErrorCodes)[number];

/** Why the lab could not do something. The message says what, where and how to fix it. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
