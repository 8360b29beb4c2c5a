import type grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/events_grpc_pb.js";
import type events from "@pulumi/pulumi/proto/events_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { type LocalService, serveLocally } from "./serve-locally.ts";

/** An event of the engine (sdk/go/common/apitype/events.go): what is read here. */
type EngineEvent = {
  diagnosticEvent?: { severity: string; message: string };
  summaryEvent?: { resourceChanges?: Record<string, number> };
};

export type EngineEvents = LocalService & {
  /** How many resources were created, updated, deleted or the same. */
  changes: () => Record<string, number>;
  /** The engine's errors as it words them; those about an object repeat what the provider told. */
  errors: () => readonly string[];
};

const errorsKept = 20;

/** Receives the engine's event log. */
export async function collectEvents(): Promise<EngineEvents> {
  const errors: string[] = [];
  let changes: Record<string, number> = {};
  const receive = (text: string) => {
    const { diagnosticEvent, summaryEvent } = JSON.parse(text) as EngineEvent;
    if (summaryEvent) changes = summaryEvent.resourceChanges ?? {};
    if (diagnosticEvent?.severity === "error" && errors.length < errorsKept)
      errors.push(diagnosticEvent.message.replaceAll(/<\{%[a-z]+%\}>/g, "").trim());
  };
  const streamEvents: grpc.handleClientStreamingCall<events.EventRequest, empty.Empty> = (call, answer) => {
    call.on("data", (request: events.EventRequest) => receive(request.getEvent()));
    call.on("end", () => answer(null, new empty.Empty()));
    // The engine was killed: what it told so far is enough.
    call.on("error", () => undefined);
  };
  const service = await serveLocally(services.EventsService, { streamEvents });
  return { ...service, changes: () => changes, errors: () => errors };
}
