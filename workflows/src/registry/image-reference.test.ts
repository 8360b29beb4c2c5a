import { expect, test } from "vitest";
import { parseImageReference } from "./image-reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["nginx", "registry-1.docker.io", "library/nginx", "latest"],
  ["acme/shop:1.2", "registry-1.docker.io", "acme/shop", "1.2"],
  ["docker.io/nginx:1", "registry-1.docker.io", "library/nginx", "1"],
  ["ghcr.io/acme/shop:pr-1", "ghcr.io", "acme/shop", "pr-1"],
  ["localhost/shop", "localhost", "shop", "latest"],
  ["10.0.0.7:5000/a/b/c:x", "10.0.0.7:5000", "a/b/c", "x"],
  ["[fd00::1]:5000/shop:x", "[fd00::1]:5000", "shop", "x"],
  [`ghcr.io/acme/shop@${digest}`, "ghcr.io", "acme/shop", digest],
  [`ghcr.io/acme/shop:1@${digest}`, "ghcr.io", "acme/shop", digest],
])("%s is %s, %s, %s", (text, registry, repository, reference) => {
  expect(parseImageReference(text)).toEqual({ registry, repository, reference });
});

test.each([
  "",
  "Shop",
  "ghcr.io/acme/shop:",
  "ghcr.io/acme/../shop",
  "ghcr.io/acme//shop",
  "ghcr.io/acme/shop@sha256:1",
  "ghcr.io/acme/shop:a/b",
  "user@ghcr.io/acme/shop",
  "https://ghcr.io/acme/shop",
  "ghcr.io:x/acme",
  "ghcr.io/acme/shop?x=1",
  "ghcr.io/acme shop",
])("%j is no image", (text) => {
  expect(parseImageReference(text)).toBeNull();
});
