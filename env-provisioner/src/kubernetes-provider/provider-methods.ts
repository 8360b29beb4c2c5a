import type grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { OperationError } from "../operation-error.ts";
import type { KubernetesObject } from "../planned-object.ts";
import { deleteObject } from "./delete-object.ts";
import { diffObject } from "./diff-object.ts";
import { InitFailure, toServiceError } from "./init-failure.ts";
import { outputsOf } from "./object-identity.ts";
import type { ProviderDeps } from "./provider-types.ts";
import { putObject } from "./put-object.ts";
import { readAgain } from "./read-again.ts";
import { explainRefusal } from "./refuse.ts";
import { holdsUnknown, toObject, toStruct } from "./struct-values.ts";

/** The version of the SDK whose resource types it serves: a change of it must not replace anything. */
export const providerVersion = "4.34.2";

type Unary<Request, Response> = grpc.handleUnaryCall<Request, Response>;

/**
 * The engine's calls. Each has a signal that ends with `stopping` or when the engine goes away. A failure is told to
 * `onFailure` with its code before the engine hears of it as text.
 */
export function createProviderMethods(deps: ProviderDeps, stopping: AbortSignal) {
  function unary<Request, Response>(
    work: (request: Request, signal: AbortSignal) => Promise<Response>,
  ): Unary<Request, Response> {
    return (call, answer) => {
      // One controller per call: grpc-js tells `cancelled` also after a normal end.
      const leaving = new AbortController();
      call.on("cancelled", () => leaving.abort(new OperationError("engine_failed", "The engine went away")));
      work(call.request, AbortSignal.any([stopping, leaving.signal])).then(
        (response) => answer(null, response),
        (error: unknown) => {
          const failure = error instanceof InitFailure ? error.failure : error;
          if (error instanceof InitFailure && error.isFinding) return answer(toServiceError(error), null);
          if (failure instanceof OperationError) deps.onFailure(failure);
          answer(toServiceError(error), null);
        },
      );
    };
  }

  async function about<Result>(object: KubernetesObject, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InitFailure) throw error;
      throw explainRefusal(error, object, deps.placeOf(object));
    }
  }

  const nothing = async () => new empty.Empty();
  return {
    handshake: unary(async (_: provider.ProviderHandshakeRequest) => {
      // The engine takes secrets out of inputs and marks them again, so that none can be lost here.
      const response = new provider.ProviderHandshakeResponse();
      response.setAcceptSecrets(false);
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      return response;
    }),
    attach: unary(nothing),
    cancel: unary(nothing),
    getPluginInfo: unary(async (_: unknown) => {
      const response = new plugin.PluginInfo();
      response.setVersion(providerVersion);
      return response;
    }),
    getSchema: unary(async (_: provider.GetSchemaRequest) => {
      const response = new provider.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    }),
    checkConfig: unary(async (request: provider.CheckRequest) => {
      const response = new provider.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async (_: provider.DiffRequest) => {
      const response = new provider.DiffResponse();
      response.setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE);
      return response;
    }),
    configure: unary(async (_: provider.ConfigureRequest) => {
      const response = new provider.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    check: unary(async (request: provider.CheckRequest) => {
      const response = new provider.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diff: unary(async (request: provider.DiffRequest, signal) => {
      const before = required(toObject(request.getOldInputs()));
      const after = required(toObject(request.getNews()));
      const { changed, replaces } = await about(after, () => diffObject(deps, before, after, signal));
      const kinds = provider.DiffResponse.DiffChanges;
      const response = new provider.DiffResponse();
      response.setChanges(changed ? kinds.DIFF_SOME : kinds.DIFF_NONE);
      response.setReplacesList([...replaces]);
      response.setDeletebeforereplace(replaces.length > 0);
      return response;
    }),
    create: unary(async (request: provider.CreateRequest, signal) => {
      const object = required(toObject(request.getProperties()));
      const response = new provider.CreateResponse();
      if (request.getPreview() || holdsUnknown(object)) {
        response.setProperties(request.getProperties());
        return response;
      }
      const { id, outputs } = await about(object, () => putObject(deps, object, signal));
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    }),
    update: unary(async (request: provider.UpdateRequest, signal) => {
      const object = required(toObject(request.getNews()));
      const response = new provider.UpdateResponse();
      if (request.getPreview() || holdsUnknown(object)) {
        response.setProperties(request.getNews());
        return response;
      }
      const { outputs } = await about(object, () => putObject(deps, object, signal));
      response.setProperties(toStruct(outputs));
      return response;
    }),
    read: unary(async (request: provider.ReadRequest, signal) => {
      const inputs = toObject(request.getInputs());
      const outputs = toObject(request.getProperties());
      const object = required(outputs?.kind ? outputs : inputs);
      const response = new provider.ReadResponse();
      const uid = await about(object, () => readAgain(deps, object, request.getUrn(), signal));
      // An empty id says that it is not there any more.
      if (uid === null) return response;
      response.setId(request.getId());
      response.setProperties(toStruct(outputsOf(object, uid)));
      response.setInputs(request.getInputs());
      return response;
    }),
    delete: unary(async (request: provider.DeleteRequest, signal) => {
      const object = required(toObject(request.getProperties()));
      await about(object, () => deleteObject(deps, object, signal));
      return new empty.Empty();
    }),
  };
}

function required(object: KubernetesObject | null): KubernetesObject {
  if (object?.metadata?.name) return object;
  throw new OperationError("internal", "The engine told of an object without a name");
}
