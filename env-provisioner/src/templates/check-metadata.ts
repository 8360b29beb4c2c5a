import type { PlannedObject } from "../planned-object.ts";

const prefix = "seatrial.dev/";

/** Names, owners, finalizers, and keys that are Seatrial's own, wherever in the object they stand. */
export function checkMetadata({ object }: PlannedObject): string[] {
  const { name } = object.metadata;
  const found: string[] = [];
  if (!isName(object.apiVersion, name))
    found.push("has no valid name: use at most 253 lower-case letters, digits, '-' and '.'");
  const finalizer = findIn(object, (key, value) => firstFinalizer(key, value));
  if (finalizer !== null)
    found.push(
      `has the finalizer ${safe(finalizer)}: it could keep the environment from being removed; remove metadata.finalizers`,
    );
  if (findIn(object, hasOwners) !== null)
    found.push("has ownerReferences: its owner is the environment; remove them");
  const own = findIn(object, (key) => (key.startsWith(prefix) ? key : null));
  if (own !== null)
    found.push(`has the label or annotation ${safe(own)}: ${prefix} is Seatrial's own; remove it`);
  return found;
}

/** RFC 1123 subdomains; rights may have colons (`system:…`). */
function isName(apiVersion: string, name: string): boolean {
  const pattern = apiVersion.startsWith("rbac.authorization.k8s.io/")
    ? /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/i
    : /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
  return name.length <= 253 && pattern.test(name);
}

/** In a pod's template too: its pods would never go. */
function firstFinalizer(key: string, value: unknown): string | null {
  const finalizers = key === "metadata" ? fieldOf(value, "finalizers") : undefined;
  return Array.isArray(finalizers) && finalizers.length > 0 ? String(finalizers[0]) : null;
}

function hasOwners(key: string, value: unknown): string | null {
  const owners = key === "metadata" ? fieldOf(value, "ownerReferences") : undefined;
  return Array.isArray(owners) && owners.length > 0 ? key : null;
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, field) : undefined;
}

/**
 * The first answer that is not null, for each key and value within a value. A pod's template with `seatrial.dev/reaches` would let its pods into
 * another environment, and operators copy labels from fields of any name.
 */
function findIn(value: unknown, look: (key: string, value: unknown) => string | null): string | null {
  if (typeof value !== "object" || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = look(key, inner) ?? findIn(inner, look);
    if (found !== null) return found;
  }
  return null;
}

function safe(text: unknown): string {
  return String(text)
    .replace(/[^\w./:-]/g, "?")
    .slice(0, 100);
}
