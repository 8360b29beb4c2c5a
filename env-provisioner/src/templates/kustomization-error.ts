import { OperationError } from "../operation-error.ts";

/** Words of kustomize that hold names of files, fields and objects only: generators quote literals, which may be secrets. */
const reasons: readonly [RegExp, (found: RegExpExecArray) => string][] = [
  [
    /unable to find one of 'kustomization\.yaml'.* in directory '([^']*)'/,
    ([, folder]) => `there is no kustomization.yaml in ${folder}`,
  ],
  [/unknown field "([\w.-]+)"/, ([, field]) => `unknown field "${field}"`],
  [
    /security; file '([^']*)' is not in or below '([^']*)'/,
    ([, file]) => `${file} is outside the folder that names it`,
  ],
  [/MalformedYAMLError: yaml: .* in File: ([\w./-]+)/, ([, file]) => `${file} is not valid YAML`],
  [/may not add resource with an already registered id: ([\w./[\]-]+)/, ([, id]) => `${id} is there twice`],
  [/no matches for Id ([\w./[\]-]+)/, ([, id]) => `a patch fits no object: ${id}`],
  [/missing metadata\.name in object \{\{ ?(\w+)/, ([, kind]) => `${kind} has no name`],
  [/'([\w./-]+)' ?: lstat [^\n]* no such file or directory/, ([, file]) => `there is no ${file}`],
  [/(?:open|read|stat|lstat) ([\w./-]+): no such file or directory/, ([, file]) => `there is no ${file}`],
  [/cycle detected/, () => "its bases contain each other"],
];

/** What kustomize said, without anything that could be a value. */
export function explainKustomization(stderr: string, path: string, contentFolder: string): OperationError {
  const said = stderr.replaceAll(`${contentFolder}/`, "");
  const place = { file: path, line: null };
  for (const [pattern, words] of reasons) {
    const found = pattern.exec(said);
    if (found) return new OperationError("render_failed", `${path}: ${words(found)}`, place);
  }
  const message = `${path}: kustomize cannot build it (see why with: kubectl kustomize ${path})`;
  return new OperationError("render_failed", message, place);
}
