export type Challenge = { realm: string; service: string | null; scope: string | null };

/** The parts of `WWW-Authenticate: Bearer …`; null for anything else. */
export function parseChallenge(header: string | null): Challenge | null {
  const [, text] = /^\s*Bearer\s+(.*)$/is.exec((header ?? "").slice(0, 4_096)) ?? [];
  if (text === undefined) return null;
  const parts = new Map<string, string>();
  for (const [, name = "", quoted, plain] of text.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,"]+))/g))
    parts.set(name.toLowerCase(), quoted ?? plain ?? "");
  const realm = parts.get("realm");
  if (realm === undefined) return null;
  return { realm, service: parts.get("service") ?? null, scope: parts.get("scope") ?? null };
}

/** Where a token is asked for; the scope is ours, whatever the registry wished for. Null: the realm is no address. */
export function tokenUrl(challenge: Challenge, repository: string): URL | null {
  if (!URL.canParse(challenge.realm)) return null;
  const url = new URL(challenge.realm);
  if (challenge.service !== null) url.searchParams.set("service", challenge.service);
  url.searchParams.set("scope", `repository:${repository}:pull`);
  return url;
}
