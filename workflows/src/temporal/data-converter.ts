import { join } from "node:path";
import type { DataConverter } from "@temporalio/common";
import { createPayloadCodec, type PayloadKey } from "./payload-codec.ts";

/** Beside this file in the sources, and beside the bundled worker. */
export const failureConverterPath = join(import.meta.dirname, "failure-converter.cjs");

/** How client and worker write what Temporal keeps: arguments, answers, and failures with their messages. */
export function createDataConverter(keys: readonly [PayloadKey, ...PayloadKey[]]): DataConverter {
  return { failureConverterPath, payloadCodecs: [createPayloadCodec(keys)] };
}
