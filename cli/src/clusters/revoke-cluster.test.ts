import { expect, test, vi } from "vitest";
import { exitCodes } from "../exit-codes.ts";
import { confirmRevocation } from "./revoke-cluster.ts";

test("a cluster is revoked when the answer at the terminal is yes", async () => {
  const ask = vi.fn(async () => true);
  await confirmRevocation("east", ask);
  expect(ask).toHaveBeenCalledWith("Revoke east?");
});

test.each([
  ["no", false],
  ["Ctrl-C", null],
])("nothing is changed when the answer is %s", async (_name, answer) => {
  await expect(confirmRevocation("east", async () => answer)).rejects.toMatchObject({
    message: "stopped; nothing was changed",
    exitCode: exitCodes.cancelled,
  });
});
