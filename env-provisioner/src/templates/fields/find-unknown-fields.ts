import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import type { FieldTypes, UnknownField } from "./field-types.ts";

/** More of them say nothing more. */
const most = 20;

/** The fields of a value that its type does not have, in the order in which they stand. */
export function findUnknownFields(
  value: unknown,
  type: string,
  types: FieldTypes["types"],
  path: readonly (string | number)[] = [],
): UnknownField[] {
  if (type === "" || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value))
    return value
      .flatMap((item, index) => findUnknownFields(item, type, types, [...path, index]))
      .slice(0, most);
  const fields = type.startsWith("{") ? null : types[type];
  if (fields === undefined) return [];
  return Object.entries(value)
    .flatMap(([key, inner]) => {
      const place = [...path, key];
      if (fields === null) return findUnknownFields(inner, type.slice(1), types, place);
      if (Object.hasOwn(fields, key)) return findUnknownFields(inner, fields[key] ?? "", types, place);
      return [{ path: place, nearest: nearestName(key, Object.keys(fields)) }];
    })
    .slice(0, most);
}
