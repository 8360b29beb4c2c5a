import { expect, test } from "vitest";
import { refusalOf } from "./refusal-of.ts";

const hosts = { plainHttpHosts: ["lab:5000", "10.0.0.7:5000"], privateHosts: ["inner.example.com"] };
const refusal = (home: string, url: string) => refusalOf(home, new URL(url), hosts);

test.each([
  ["ghcr.io", "https://ghcr.io/v2/"],
  ["registry.k8s.io", "https://elsewhere.example.com/v2/"],
  ["lab:5000", "http://lab:5000/v2/"],
  ["lab:5000", "http://10.0.0.7:5000/token"],
  ["lab:5000", "https://inner.example.com/token"],
  ["inner.example.com", "https://public.example.com/token"],
])("an image of %s may lead to %s", (home, url) => {
  expect(refusal(home, url)).toBeNull();
});

test.each([
  ["stranger.example.com", "http://lab:5000/v2/", /may not/],
  ["stranger.example.com", "https://inner.example.com/token", /may not/],
  ["stranger.example.com", "http://stranger.example.com/v2/", /only asked over TLS/],
  ["lab:5000", "http://public.example.com/v2/", /only asked over TLS/],
  ["inner.example.com", "http://inner.example.com/v2/", /only asked over TLS/],
  ["stranger.example.com", "file:///etc/passwd", /only asked over TLS/],
  ["stranger.example.com", "https://169.254.169.254/latest", /not a public address/],
  ["stranger.example.com", "https://localhost/", /not a public address/],
  ["lab:5000", "https://[::1]/", /not a public address/],
])("an image of %s must not lead to %s", (home, url, why) => {
  expect(refusal(home, url)).toMatch(why);
});
