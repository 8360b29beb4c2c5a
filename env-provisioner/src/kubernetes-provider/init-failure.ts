import grpc from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import anyMessage from "google-protobuf/google/protobuf/any_pb.js";
import type { OperationError } from "../operation-error.ts";
import type { ObjectOutputs } from "./object-identity.ts";
import { toStruct } from "./struct-values.ts";

/** The object is (or may be) there but did not get ready. The engine keeps it in the state and tries again next time. */
export class InitFailure extends Error {
  override readonly name = "InitFailure";
  readonly id: string;
  readonly outputs: ObjectOutputs;
  readonly failure: OperationError;
  /** It was found so when the operation began, which is no failure of the operation. */
  readonly isFinding: boolean;
  constructor(id: string, outputs: ObjectOutputs, failure: OperationError, isFinding = false) {
    super(failure.message, { cause: failure });
    this.id = id;
    this.outputs = outputs;
    this.failure = failure;
    this.isFinding = isFinding;
  }
}

/** How an error goes over the wire: an `ErrorResourceInitFailed` in the status details for an `InitFailure`. */
export function toServiceError(error: unknown): Partial<grpc.ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  const plain = { code: grpc.status.UNKNOWN, message, details: message };
  if (!(error instanceof InitFailure)) return plain;
  const detail = new provider.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.outputs));
  detail.setReasonsList([message]);
  const wrapped = new anyMessage.Any();
  wrapped.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const whole = new status.Status();
  whole.setCode(grpc.status.UNKNOWN);
  whole.setMessage(message);
  whole.addDetails(wrapped);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
  return { ...plain, metadata };
}
