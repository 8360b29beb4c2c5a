/**
 * The fields that types have, as little of a schema as unknown fields need. A field's text says what stands in it:
 * a type's name (or a list of such), `{` and a name (any keys, each of that type), or nothing (not looked into).
 */
export type FieldTypes = {
  /** `<apiVersion>/<Kind>` → the name of its type. */
  kinds: Record<string, string>;
  types: Record<string, Record<string, string>>;
};

export type UnknownField = {
  path: (string | number)[];
  /** The nearest field that is known there. */
  nearest: string | null;
};
