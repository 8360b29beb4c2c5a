export const toolErrorCodes = [
  "unknown_tool",
  "configuration_invalid",
  "configured_path_unusable",
  "go_missing",
  "download_failed",
  "build_failed",
  "tool_unavailable",
  "cancelled",
] as const;
export type ToolErrorCode = (typeof toolErrorCodes)[number];

/** Why a tool could not be had. The message says what, where and how to fix it. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly code: ToolErrorCode;

  constructor(code: ToolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
