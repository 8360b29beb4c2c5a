import { expect, test } from "vitest";
import { readCredentials } from "./credentials.ts";

test("credentials are found by host, in each way that tools write them", () => {
  const read = readCredentials(
    JSON.stringify({
      auths: {
        "https://index.docker.io/v1/": { auth: "ZG9ja2Vy" },
        "ghcr.io": { username: "u", password: "p" },
        "registry.example.com:5000": { auth: "eA==", email: "x@example.com" },
        "helper.example.com": {},
      },
      credsStore: "desktop",
    }),
  );
  expect([...read]).toEqual([
    ["registry-1.docker.io", "ZG9ja2Vy"],
    ["ghcr.io", "dTpw"],
    ["registry.example.com:5000", "eA=="],
  ]);
});

test("what is no such file is refused without any of its text", () => {
  for (const text of ["secret", '{"auths": {"x": "secret"}}'])
    expect(() => readCredentials(text)).toThrow(/^is no docker config\.json with auths$/);
});
