import type { PlannedObject } from "../planned-object.ts";

/**
 * Claims that name their volume, in claims of their own or in a StatefulSet's templates, could bind one that somebody
 * else keeps; an environment's removal deletes the volumes of its claims with their content.
 */
export function checkVolumes({ object }: PlannedObject): string[] {
  const claims = [
    ...(object.kind === "PersistentVolumeClaim" ? [object] : []),
    ...listOf(fieldOf(object.spec, "volumeClaimTemplates")),
  ];
  const chooses = claims.some((claim) => {
    const spec = fieldOf(claim, "spec");
    return fieldOf(spec, "volumeName") !== undefined || fieldOf(spec, "selector") !== undefined;
  });
  if (!chooses) return [];
  return [
    "chooses its volume (volumeName or selector), which may be somebody else's: remove it, and let the storage class make one",
  ];
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name] ?? undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
