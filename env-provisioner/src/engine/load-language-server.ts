import type grpc from "@grpc/grpc-js";

/** The SDK's language host for a program inside this process; it is internal there, so its types are written here. */
export type LanguageServer = grpc.UntypedServiceImplementation & {
  /** Must be called when the engine's process is gone. Throws when the program left promises behind. */
  onPulumiExit: (hasError: boolean) => void;
};

type ServerModule = { LanguageServer: new (program: () => Promise<void>) => LanguageServer };

/** The host of one run of the program. */
export async function loadLanguageServer(program: () => Promise<void>): Promise<LanguageServer> {
  const loaded = (await import("@pulumi/pulumi/automation/server.js")) as unknown as ServerModule;
  return new loaded.LanguageServer(program);
}
