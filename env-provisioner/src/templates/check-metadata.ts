import type { PlannedObject } from "../planned-object.ts";

const prefix = "seatrial.dev/";

/** Names, owners, finalizers, and labels that are Seatrial's own, wherever in the object they stand. */
export function checkMetadata({ object }: PlannedObject): string[] {
  const { name, finalizers, ownerReferences } = object.metadata;
  const found: string[] = [];
  if (!isName(object.apiVersion, name))
    found.push("has no valid name: use at most 253 lower-case letters, digits, '-' and '.'");
  if (Array.isArray(finalizers) && finalizers.length > 0)
    found.push(
      `has the finalizer ${safe(finalizers[0])}: it could keep the environment from being removed; remove metadata.finalizers`,
    );
  if (Array.isArray(ownerReferences) && ownerReferences.length > 0)
    found.push("has ownerReferences: its owner is the environment; remove them");
  const own = findOwnLabel(object);
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

/** A pod's template with `seatrial.dev/reaches` would let its pods into another environment. */
function findOwnLabel(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) return firstOf(value);
  for (const [key, inner] of Object.entries(value)) {
    if ((key === "labels" || key === "annotations") && typeof inner === "object" && inner !== null) {
      const own = Object.keys(inner).find((label) => label.startsWith(prefix));
      if (own !== undefined) return own;
    }
    const deeper = findOwnLabel(inner);
    if (deeper !== null) return deeper;
  }
  return null;
}

function firstOf(values: readonly unknown[]): string | null {
  for (const value of values) {
    const found = findOwnLabel(value);
    if (found !== null) return found;
  }
  return null;
}

function safe(text: unknown): string {
  return String(text)
    .replace(/[^\w./:-]/g, "?")
    .slice(0, 100);
}
