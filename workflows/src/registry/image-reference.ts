export type ImageReference = {
  /** Host and perhaps port, as in `registry.example.com:5000`. */
  registry: string;
  /** As in `library/nginx`. */
  repository: string;
  /** A tag or a digest. */
  reference: string;
};

/** The host that `docker.io` stands for. */
const dockerHub = "registry-1.docker.io";
const domain = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const path = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * An image's name taken apart as container runtimes do, by the grammar of `distribution/reference`: no host means Docker
 * Hub, no folder there `library/`, no tag `latest`. Null when it is none.
 */
export function parseImageReference(text: string): ImageReference | null {
  const [beforeDigest = "", digest, ...more] = text.split("@");
  const slash = beforeDigest.lastIndexOf("/");
  const colon = beforeDigest.indexOf(":", slash + 1);
  const name = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon === -1 ? "latest" : beforeDigest.slice(colon + 1);
  const isWhole =
    more.length === 0 && tagPattern.test(tag) && (digest === undefined || digestPattern.test(digest));
  if (!isWhole || name.length > 255) return null;
  const { host, repository } = splitHost(name);
  if (!domain.test(host) || !path.test(repository)) return null;
  const isHub = host === "docker.io" || host === "index.docker.io";
  return {
    registry: isHub ? dockerHub : host,
    repository: isHub && !repository.includes("/") ? `library/${repository}` : repository,
    reference: digest ?? tag,
  };
}

/** The first part is a host when it looks like one: a dot, a port, or `localhost`. */
function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  return isHost
    ? { host: first, repository: name.slice(slash + 1) }
    : { host: "docker.io", repository: name };
}
