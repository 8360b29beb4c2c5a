/** DNS-1123 label: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const longest = 63;
/** 50 random bits of the environment's id, so that a namespace's name never comes again. */
const idCharacters = 10;
/** What project and name share: the rest but for two dashes. */
const shared = longest - idCharacters - 2;

/**
 * `<project>-<name>-<short id>`, at most 63 characters: the longer one of project and name is cut first. `id` is the
 * environment's.
 */
export function environmentNamespace(project: string, name: string, id: string): string {
  const half = Math.floor(shared / 2);
  const projectPart = cut(project, Math.max(half, shared - name.length));
  const namePart = cut(name, shared - projectPart.length);
  return `${projectPart}-${namePart}-${id.slice(-idCharacters)}`;
}

/** A part must not end in a dash where it was cut. */
function cut(text: string, characters: number): string {
  return text.slice(0, characters).replace(/-+$/, "");
}
