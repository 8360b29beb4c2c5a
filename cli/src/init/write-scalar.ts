const reserved = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** Text as one YAML scalar that reads as the same text, in block and in flow style, by YAML 1.1 and 1.2. */
export function writeScalar(text: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9_./-]*$/.test(text) && !reserved.test(text);
  // JSON's strings are YAML's double-quoted ones.
  return isPlain ? text : JSON.stringify(text);
}

export function writeList(items: readonly string[]): string {
  return `[${items.map(writeScalar).join(", ")}]`;
}

export function writeMapping(entries: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(entries).map(([key, value]) => `${key}: ${writeScalar(value)}`);
  return `{${pairs.join(", ")}}`;
}
