import type { EnvironmentPlaces } from "./environment-quota.ts";

/** What an environment at this place in line waits for, for people. */
export function lineWords(position: number, { held, quota }: EnvironmentPlaces): string {
  return `waits: ${ordinal(position)} in line, the project has ${held} of ${quota} environments`;
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`. */
function ordinal(count: number): string {
  const lastTwo = count % 100;
  const ending = lastTwo > 10 && lastTwo < 14 ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${ending}`;
}
