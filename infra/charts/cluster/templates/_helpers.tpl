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
