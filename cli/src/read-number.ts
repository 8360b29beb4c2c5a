import { InvalidArgumentError } from "commander";

/** A whole number from 1 on, for an option. */
export function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("write a whole number from 1 on");
}
