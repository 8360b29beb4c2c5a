import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { KubernetesObject } from "../planned-object.ts";

/** What stands in the engine's values for one that is not known yet (pulumi/sdk/go/common/resource/plugin/rpc.go). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key by which the engine knows secrets, assets and the like in values (resource/properties.go). */
export const signatureKey = "4dabf18193072939515e22adb298388d";

type Json = Parameters<typeof struct.Struct.fromJavaScript>[0];

/** A value for the engine. */
export function toStruct(value: object): struct.Struct {
  return struct.Struct.fromJavaScript(value as Json);
}

/** An object from the engine, without the fields that are null: for Kubernetes they are not there. */
export function toObject(from: struct.Struct | undefined): KubernetesObject | null {
  return from === undefined ? null : (withoutNulls(from.toJavaScript()) as KubernetesObject);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}

/** True when any part of the value stands for what is not known yet. */
export function holdsUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnknown);
}

/** True when a key in the value would mean something to the engine: such an object must never reach it. */
export function holdsSignature(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === signatureKey || holdsSignature(inner));
}

/** True when both hold the same; the order of keys does not matter. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = one as Record<string, unknown>;
  const right = other as Record<string, unknown>;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]));
}
