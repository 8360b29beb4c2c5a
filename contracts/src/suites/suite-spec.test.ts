import { expect, it } from "vitest";
import { labelsSchema } from "./suite-spec.ts";

const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "value"]));

it("takes 64 labels and refuses one more by name", () => {
  expect(labelsSchema.safeParse(labels(64)).success).toBe(true);
  const refused = labelsSchema.safeParse(labels(65));
  expect(refused.error?.issues[0]?.message).toBe("at most 64 labels");
});
