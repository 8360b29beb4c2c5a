import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { type LocalService, serveLocally } from "../engine/serve-locally.ts";
import { createProviderMethods } from "./provider-methods.ts";
import type { ProviderDeps } from "./provider-types.ts";

/** The provider as a service on the loopback interface. All its waiting ends with `stopping`, with its reason. */
export function serveProvider(deps: ProviderDeps, stopping: AbortSignal): Promise<LocalService> {
  return serveLocally(services.ResourceProviderService, createProviderMethods(deps, stopping));
}
