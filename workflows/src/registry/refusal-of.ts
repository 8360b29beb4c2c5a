import { isIP } from "node:net";
import { isPublicAddress } from "./public-address.ts";

export type ListedHosts = {
  /** Hosts, with their port if any, that are spoken to without TLS. They may be private. */
  plainHttpHosts: readonly string[];
  /** Hosts that may be private addresses, over TLS. */
  privateHosts: readonly string[];
};

export function isListed(host: string, { plainHttpHosts, privateHosts }: ListedHosts): boolean {
  return plainHttpHosts.includes(host) || privateHosts.includes(host);
}

/**
 * Why an address must not be asked on behalf of an image of the registry `home`; null: it may. One that is not listed
 * leads to no host that is, and only listed ones are private or without TLS. What a public name resolves to is looked
 * at when it is connected.
 */
export function refusalOf(home: string, url: URL, hosts: ListedHosts): string | null {
  const isInner = isListed(url.host, hosts);
  if (isInner && !isListed(home, hosts)) return `${home} leads to ${url.host}, which it may not`;
  if (url.protocol !== "https:" && !(url.protocol === "http:" && hosts.plainHttpHosts.includes(url.host)))
    return `${url.host} is only asked over TLS`;
  const address = url.hostname.replace(/^\[|\]$/g, "");
  const isPrivate = address === "localhost" || (isIP(address) !== 0 && !isPublicAddress(address));
  if (isPrivate && !isInner) return `${url.host} is not a public address; the worker may be told to trust it`;
  return null;
}
