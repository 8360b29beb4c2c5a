import { expect, test } from "vitest";
import { defaultHubConfig, readHubConfig } from "./config.ts";

const readNothing = () => {
  throw new Error("no file is named, so none may be read");
};

test("without any variable the hub runs on PGlite and a folder, for this machine alone", () => {
  expect(readHubConfig(readNothing, {})).toMatchObject({
    databaseUrl: undefined,
    host: "127.0.0.1",
    port: 7070,
    publicUrls: [],
    s3: undefined,
    tls: undefined,
    leaseTimes: { leaseSeconds: 60, heartbeatSeconds: 10, acknowledgeSeconds: 20 },
    unplaceableSeconds: 900,
    imageWaitSeconds: 1_800,
  });
  expect(defaultHubConfig()).toEqual(readHubConfig(readNothing, {}));
});

test("several public addresses are taken in order, without slashes at their end", () => {
  const config = readHubConfig(readNothing, {
    SEATRIAL_PUBLIC_URLS: "https://hub.lab/, https://10.0.0.1:7070",
  });
  expect(config.publicUrls).toEqual(["https://hub.lab", "https://10.0.0.1:7070"]);
});

test("a bad value is named by its variable, and a short token is refused without being shown", () => {
  const read = (environment: Record<string, string>) => () => readHubConfig(readNothing, environment);
  expect(read({ SEATRIAL_PORT: "many" })).toThrow("SEATRIAL_PORT");
  expect(read({ SEATRIAL_PUBLIC_URLS: "not a url" })).toThrow("SEATRIAL_PUBLIC_URLS");
  expect(read({ SEATRIAL_ADMIN_TOKEN: "hunter2" })).toThrow("SEATRIAL_ADMIN_TOKEN");
  expect(read({ SEATRIAL_ADMIN_TOKEN: "hunter2" })).not.toThrow("hunter2");
});

test("a certificate without its key, or the other way round, is refused: it would mean plain HTTP", () => {
  const read = (name: string) => () => readHubConfig(() => "PEM", { [name]: "/tls/file" });
  expect(read("SEATRIAL_TLS_CERTIFICATE_FILE")).toThrow("SEATRIAL_TLS_KEY_FILE");
  expect(read("SEATRIAL_TLS_KEY_FILE")).toThrow("SEATRIAL_TLS_CERTIFICATE_FILE");
});

test("credentials of S3 come as a pair or not at all", () => {
  const s3 = (extra: Record<string, string>) =>
    readHubConfig(readNothing, { SEATRIAL_S3_BUCKET: "b", ...extra }).s3?.credentials;
  expect(s3({})).toBeUndefined();
  const pair = { SEATRIAL_S3_ACCESS_KEY_ID: "id", SEATRIAL_S3_SECRET_ACCESS_KEY: "secret" };
  expect(s3(pair)).toEqual({ accessKeyId: "id", secretAccessKey: "secret" });
  expect(() => s3({ SEATRIAL_S3_ACCESS_KEY_ID: "id" })).toThrow("SEATRIAL_S3_SECRET_ACCESS_KEY");
});

test("secrets of webhooks come from a variable or a file, several at once, and none that is easily guessed", () => {
  const [older, newer] = ["older-webhook-secret", "newer-webhook-secret"];
  const fromVariable = { SEATRIAL_GITHUB_WEBHOOK_SECRETS: `${older}, ${newer}` };
  expect(readHubConfig(readNothing, fromVariable).githubWebhookSecrets).toEqual([older, newer]);
  const fromFile = { SEATRIAL_GITHUB_WEBHOOK_SECRETS_FILE: "/secrets/webhook" };
  const read = (path: string) => (path === "/secrets/webhook" ? `${newer}\n${older}\n` : "");
  expect(readHubConfig(read, fromFile).githubWebhookSecrets).toEqual([newer, older]);
  const short = () => readHubConfig(readNothing, { SEATRIAL_GITHUB_WEBHOOK_SECRETS: `${older},hunter2` });
  expect(short).toThrow("SEATRIAL_GITHUB_WEBHOOK_SECRETS");
  expect(short).not.toThrow("hunter2");
});
