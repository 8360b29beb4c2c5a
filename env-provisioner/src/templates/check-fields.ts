import type { PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";
import type { FoundWrong } from "./refusal.ts";

/**
 * Fields that the object's type does not have. The API server would refuse some of them once half of the environment
 * stands, and the engine's typed resources would drop others without a word.
 */
export function checkFields({ object }: PlannedObject, policy: AdmissionPolicy): FoundWrong[] {
  return policy.fields.unknownFields(object).map(({ path, nearest }) => {
    const hint = nearest === null ? "remove it" : `did you mean ${nearest}?`;
    return { why: `has the unknown field ${written(path)}: ${hint}`, path };
  });
}

/** `spec.containers[0].imgae` */
function written(path: readonly (string | number)[]): string {
  const text = path.reduce<string>(
    (before, part) =>
      typeof part === "number" ? `${before}[${part}]` : `${before}${before === "" ? "" : "."}${part}`,
    "",
  );
  return text.replace(/[^\w./:[\]-]/g, "?").slice(0, 200);
}
