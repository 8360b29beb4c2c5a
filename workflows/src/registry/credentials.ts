import { z } from "zod";

/** Basic credentials by registry host. */
export type RegistryCredentials = ReadonlyMap<string, string>;

const schema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .default({}),
});

/**
 * The credentials of a docker `config.json`, as `docker login` and pull secrets write it. Credential helpers are not
 * asked. Throws an error without any of its text.
 */
export function readCredentials(text: string): RegistryCredentials {
  const credentials = new Map<string, string>();
  for (const [key, { auth, username, password }] of Object.entries(parse(text).auths)) {
    const pair = username !== undefined && password !== undefined ? `${username}:${password}` : null;
    const basic = auth || (pair === null ? undefined : Buffer.from(pair).toString("base64"));
    if (basic) credentials.set(hostOf(key), basic);
  }
  return credentials;
}

function parse(text: string): z.infer<typeof schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error("is no docker config.json with auths");
  }
}

/** Docker Hub is there under a name of old. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return host === "index.docker.io" || host === "docker.io" ? "registry-1.docker.io" : host;
}
