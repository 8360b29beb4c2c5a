import type { Files } from "../../support/github/state.ts";

/** What a pull request makes of the shop, and so its verdict. */
export const changeKinds = ["green", "red", "broken"] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A shop whose page tells whether it is open, as a chart; a suite that asks the page; a run for each pull request. */
export function shopFiles(image: string): Files {
  return {
    "seatrial.yaml": configuration(image),
    "check.sh": 'wget -qO- "$URL/index.html" | grep -q open\n',
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/values.yaml": `page: open\nimage: "${image}"\n`,
    "chart/templates/shop.yaml": manifests,
  };
}

/** The files that a pull request of this kind changes. What is red is red because of what is deployed. */
export function changeFiles(kind: ChangeKind, number: number, image: string): Files {
  const values = (page: string) => ({ "chart/values.yaml": `page: ${page} ${number}\nimage: "${image}"\n` });
  if (kind === "green") return values("open");
  if (kind === "red") return values("sold-out");
  return {
    ...values("open"),
    "chart/templates/broken.yaml": '{{ required "no region is set" .Values.region }}\n',
  };
}

const configuration = (image: string) => `version: 1
environments:
  preview:
    chart: chart
    expose: {web: 8080}
    ready: {get: /index.html, times: 2}
suites:
  smoke:
    image: "${image}"
    command: [sh, check.sh]
    env: {URL: "\${environment.web.url}"}
    timeout: 5m
    resources: {cpu: 20m, memory: 32Mi}
runs:
  pull-request: {when: {pull_request: {}}, environment: preview, suites: [smoke]}
`;

const manifests = `apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data: {index.html: "{{ .Values.page }}"}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8080}]}
---
apiVersion: apps/v1
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
          image: "{{ .Values.image }}"
          command: [httpd, -f, -p, "8080", -h, /page]
          ports: [{containerPort: 8080}]
          resources: {requests: {cpu: 5m, memory: 8Mi}, limits: {memory: 32Mi}}
          volumeMounts: [{name: page, mountPath: /page}]
      volumes: [{name: page, configMap: {name: page}}]
`;
