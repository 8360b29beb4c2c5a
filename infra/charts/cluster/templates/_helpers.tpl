{{- define "seatrial.name" -}}
{{ printf "%s-agent" .Release.Name | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- define "seatrial.selector" -}}
app.kubernetes.io/name: seatrial-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "seatrial.labels" -}}
{{ include "seatrial.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* Port of the hub's URL, or the one of its scheme. */}}
{{- define "seatrial.hubPort" -}}
{{- $url := urlParse .Values.hub.url }}
{{- if regexMatch ":[0-9]+$" $url.host }}{{ regexFind "[0-9]+$" $url.host }}{{ else if eq $url.scheme "http" }}80{{ else }}443{{ end }}
{{- end }}

{{- define "seatrial.provisioner.name" -}}
{{ printf "%s-provisioner" .Release.Name | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- define "seatrial.provisioner.selector" -}}
app.kubernetes.io/name: seatrial-provisioner
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "seatrial.provisioner.labels" -}}
{{ include "seatrial.provisioner.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* How the provisioner's containers run, whichever pod they are in. */}}
{{- define "seatrial.provisioner.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "seatrial.provisioner.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* What provisioner and janitor know alike. */}}
{{- define "seatrial.provisioner.env" -}}
- { name: SEATRIAL_CLUSTER_NAME, value: {{ .Values.cluster.name | quote }} }
- name: SEATRIAL_OWN_NAMESPACE
  valueFrom:
    fieldRef: { fieldPath: metadata.namespace }
- { name: SEATRIAL_REPAIRS, value: {{ .Values.provisioner.repairs | default dict | toJson | quote }} }
- { name: SEATRIAL_JANITOR_MARGIN_SECONDS, value: {{ .Values.provisioner.janitor.marginSeconds | quote }} }
- { name: SEATRIAL_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
{{- end }}
