const entities: Record<string, string> = {
  "&quot;": '"',
  "&apos;": "'",
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
};

/**
 * The line of a red case whose report does not say it: the first place in the case's own file that its detail, such as
 * a stack trace, names as `<file>:<line>`. Null: it names none.
 */
export function lineInDetail(file: string | null, detail: string | null): number | null {
  if (file === null || file === "" || detail === null) return null;
  let from = detail.indexOf(file);
  while (from >= 0) {
    const end = from + file.length;
    const line = /^:(\d{1,9})(?!\d)/.exec(detail.slice(end, end + 11))?.[1];
    if (line !== undefined && Number(line) > 0) return Number(line);
    from = detail.indexOf(file, end);
  }
  return null;
}

/**
 * Node's reporter escapes messages twice. Where the detail has the text as it was meant, and not as it came, that is
 * what the message says.
 */
export function messageByDetail(message: string | null, detail: string | null): string | null {
  if (message === null || detail === null) return message;
  const meant = message.replace(/&(?:quot|apos|lt|gt|amp);/g, (entity) => entities[entity] ?? entity);
  if (meant === message || detail.includes(message) || !detail.includes(meant)) return message;
  return meant;
}
