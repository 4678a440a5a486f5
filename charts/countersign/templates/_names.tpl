{{/* The release name if it says "countersign", else with it behind: every name begins with this. */}}
{{- define "countersign.fullname" -}}
{{- if contains "countersign" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-countersign{{ end }}
{{- end }}

{{/* What of a pod never changes: dict root, component. */}}
{{- define "countersign.selector" -}}
app.kubernetes.io/name: countersign
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* dict root, component */}}
{{- define "countersign.labels" -}}
{{ include "countersign.selector" . }}
app.kubernetes.io/part-of: countersign
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* Name and labels under `metadata`: dict root, component, and `as` where the name is not that of the component. As part of another chart it would be called by its alias. */}}
{{- define "countersign.metadata" -}}
name: {{ .as | default (printf "%s-%s" (include "countersign.fullname" .root) .component) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "countersign.labels" . | nindent 2 }}
  helm.sh/chart: countersign-{{ .root.Chart.Version }}
{{- end }}

{{/* What the code says of services, edges and key stores. */}}
{{- define "countersign.topology" -}}
{{ .Files.Get "files/topology.json" }}
{{- end }}

{{/* Values of one service: its own over those of all. dict root, name */}}
{{- define "countersign.service" -}}
{{- $own := index .root.Values.services .name | default dict -}}
{{ mergeOverwrite (deepCopy .root.Values.serviceDefaults) (deepCopy $own) | toYaml }}
{{- end }}

{{/* Reference of an image: its digest where there is one. dict root, image, tag */}}
{{- define "countersign.image" -}}
{{- $registry := .image.registry | default .root.Values.image.registry -}}
{{- $name := ternary .image.repository (printf "%s/%s" $registry .image.repository) (empty $registry) -}}
{{- if .image.digest }}{{ $name }}@{{ .image.digest }}{{ else }}{{ $name }}:{{ .image.tag | default .tag }}{{ end }}
{{- end }}

{{/* Image of Countersign, for a service that may have one of its own. dict root, service */}}
{{- define "countersign.ownImage" -}}
{{- $own := (.service | default dict).image | default dict -}}
{{- $tagged := and $own.tag (not $own.digest) -}}
{{- $image := mergeOverwrite (deepCopy .root.Values.image) (ternary (dict "digest" "") dict (not (empty $tagged))) (deepCopy $own) -}}
{{ include "countersign.image" (dict "root" .root "image" $image "tag" .root.Chart.AppVersion) }}
{{- end }}

{{/* Name of a Secret of a service: what values say, else that of the release. dict root, name, kind */}}
{{- define "countersign.secretName" -}}
{{- $own := index .root.Values.services .name | default dict -}}
{{ index ($own.secrets | default dict) .kind | default (printf "%s-%s-%s" (include "countersign.fullname" .root) .name .kind) }}
{{- end }}

{{- define "countersign.adminSecret" -}}
{{ .Values.database.adminSecret | default (printf "%s-database-admin" (include "countersign.fullname" .)) }}
{{- end }}

{{- define "countersign.snapshotKeys" -}}
{{ include "countersign.fullname" . }}-snapshot-keys
{{- end }}

{{/* "true" where PostgreSQL or Kafka appear with the release: nothing can be installed before it. */}}
{{- define "countersign.backendsInRelease" -}}
{{- if or (ne .Values.database.mode "external") (has .Values.kafka.mode (list "strimzi" "evaluation")) }}true{{ end }}
{{- end }}

{{/* When the install Job runs as a hook; empty where it belongs to the release. */}}
{{- define "countersign.installHook" -}}
{{- if not (include "countersign.backendsInRelease" .) }}pre-install,pre-upgrade
{{- else if .Release.IsUpgrade }}pre-upgrade
{{- end }}
{{- end }}

{{/* Annotations of what a hook needs; it is gone when the hooks have run. dict hook, weight */}}
{{- define "countersign.hook" -}}
helm.sh/hook: {{ .hook }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Where the install Job finds the settings: a hook runs before what belongs to the release is there. */}}
{{- define "countersign.installSettings" -}}
{{ include "countersign.fullname" . }}-{{ if include "countersign.installHook" . }}hook{{ else }}install{{ end }}-settings
{{- end }}

{{/* What a service may do in Kafka, as Strimzi writes it: dict root, principal, permissions */}}
{{- define "countersign.kafkaRights" -}}
{{- $rights := dict -}}
{{- $prefix := .root.Values.kafka.topicPrefix -}}
{{- $words := dict "READ" "Read" "WRITE" "Write" "DESCRIBE" "Describe" "DESCRIBE_CONFIGS" "DescribeConfigs" -}}
{{- range .permissions -}}
{{- if eq .principal $.principal -}}
{{- $on := printf "%s %s%s" .resource $prefix .name -}}
{{- $_ := set $rights $on (append (index $rights $on | default list) (index $words .operation)) -}}
{{- end -}}
{{- end -}}
{{- range $on, $operations := $rights }}
- resource: {type: {{ splitList " " $on | first }}, name: {{ splitList " " $on | last }}, patternType: literal}
  operations: [{{ join ", " $operations }}]
{{- end }}
{{- end }}
