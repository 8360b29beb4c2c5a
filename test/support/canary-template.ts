import type { EnvironmentTemplateInput } from "@seatrial/contracts/environments/environment-template.ts";

export type Files = Record<string, string>;
/** Makes a canary for one use. */
export type Mint = (use: string) => string;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const secret = (name: string, rest: string, metadata = "") =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${metadata}${rest}`;

/** Files with a secret in every way that a template can hold one. `control` stands where anybody may read it. */
export function filesWithSecrets(mint: Mint, control: string): Files {
  const exported = JSON.stringify({ kind: "Secret", data: { token: base64(mint("annotation")) } });
  return {
    "app.yaml": [
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: open}\ndata: {text: "${control}"}\n`,
      secret("text", `stringData: {token: "${mint("stringData")}"}\n`),
      secret("data", `data: {token: ${base64(mint("data"))}}\n`),
      secret("fixed", `immutable: true\nstringData: {token: "${mint("immutable")}"}\n`),
      // As `kubectl get -o yaml` writes it for what was once applied by a client.
      secret(
        "exported",
        `stringData: {token: "${mint("exported")}"}\n`,
        `  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '${exported}'\n`,
      ),
      `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Secret, metadata: {name: listed}, stringData: {token: "${mint("listed")}"}}\n`,
      deployment,
    ].join("---\n"),
    "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "shop/templates/secret.yaml": secret(
      "{{ .Release.Name }}",
      "stringData:\n  password: {{ .Values.password | quote }}\n  inline: {{ .Values.inline | quote }}\n" +
        '  login: {{ printf "user:%s" .Values.password | b64enc }}\n',
    ),
    "secrets.yaml": `password: "${mint("value file")}"\n`,
    "kustomize/kustomization.yaml": [
      "secretGenerator:",
      `  - {name: literal, literals: ["token=${mint("literal")}"]}`,
      "  - {name: file, files: [token.txt]}",
      "  - {name: environment, envs: [token.env]}",
      "",
    ].join("\n"),
    "kustomize/token.txt": mint("file"),
    "kustomize/token.env": `token=${mint("env file")}\n`,
  };
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: busybox
          command: [sleep, "3600"]
          envFrom: [{secretRef: {name: text}}]
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, secret: {secretName: data}}]
`;

export function templateWithSecrets(image: string, inline: string): EnvironmentTemplateInput {
  return {
    components: [
      { name: "app", kind: "manifests", path: "app.yaml", images: { busybox: image } },
      { name: "shop", kind: "chart", path: "shop", valueFiles: ["secrets.yaml"], values: { inline } },
      { name: "generated", kind: "kustomization", path: "kustomize" },
    ],
    timeoutSeconds: 60,
  };
}

export type Trouble = { component: EnvironmentTemplateInput["components"][number]; files: Files };

/** Environments that fail beside a secret: each of these tools and servers likes to quote what it was given. */
export function troublesWithSecrets(mint: Mint): Record<string, Trouble> {
  const manifests = { name: "app", kind: "manifests", path: "app.yaml" } as const;
  const chart = { name: "shop", kind: "chart", path: "shop", valueFiles: ["secrets.yaml"] } as const;
  const kustomization = { name: "app", kind: "kustomization", path: "kustomize" } as const;
  const chartOf = (template: string, more: Files = {}): Trouble => ({
    component: { ...chart, valueFiles: [...chart.valueFiles] },
    files: {
      "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
      "shop/templates/secret.yaml": template,
      "secrets.yaml": `password: "${mint("broken value")}"\n`,
      ...more,
    },
  });
  const of = (text: string): Trouble => ({ component: manifests, files: { "app.yaml": text } });
  const schema = { properties: { password: { type: "string", pattern: "^[0-9]+$" } } };
  return {
    "a check of the chart": chartOf('{{ fail (printf "wrong password %s" .Values.password) }}'),
    "a template that walks into a text": chartOf("a: {{ .Values.password.length }}\n"),
    "a loop over a text": chartOf("{{ range .Values.password }}a: b{{ end }}\n"),
    "text that renders to no YAML": chartOf(
      `${secret("a", "stringData:\n  password: {{ .Values.password }}: : [\n")}`,
    ),
    "a value that the chart's schema refuses": chartOf("a: b", {
      "shop/values.schema.json": JSON.stringify(schema),
    }),
    "a manifest that is no YAML": of(
      secret("a", `stringData:\n  token: "${mint("broken yaml")}" "${mint("second")}"\n`),
    ),
    "a secret written twice": of(
      secret("a", `stringData:\n  a: "${mint("twice")}"\n  a: "${mint("again")}"\n`),
    ),
    "a literal without a key": {
      component: kustomization,
      files: {
        "kustomize/kustomization.yaml": `secretGenerator:\n  - {name: a, literals: ["${mint("no key")}"]}\n`,
      },
    },
    "a field that a secret does not have": of(
      secret("a", `stringData: {token: "${mint("beside")}"}\nnonsense: "${mint("unknown field")}"\n`),
    ),
    "data that is no base64": of(secret("a", `data: {token: "${mint("no base64")}"}\n`)),
    "a secret deeper than it may be": of(secret("a", `stringData: {token: {deep: "${mint("deep")}"}}\n`)),
    "a secret as a list": of(secret("a", `stringData: ["${mint("list")}"]\n`)),
    "a secret of a type it does not fit": of(
      secret(
        "a",
        `type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: "${mint("type")}"}\n`,
      ),
    ),
    "a policy of the cluster that quotes it": of(secret("a", `stringData: {quoted: "${mint("quoted")}"}\n`)),
  };
}
