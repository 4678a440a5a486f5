{{/* Namespace of the installation that serves the tenant. */}}
{{- define "tenant.home" -}}
{{ .Values.dedicated | ternary .Release.Namespace .Values.platform.namespace }}
{{- end }}

{{- define "tenant.platformRelease" -}}
{{ .Values.dedicated | ternary .Release.Name .Values.platform.release }}
{{- end }}

{{/* What every name of that installation begins with, by the rule of the chart `countersign`. */}}
{{- define "tenant.platformName" -}}
{{- $release := include "tenant.platformRelease" . -}}
{{- if contains "countersign" $release }}{{ $release }}{{ else }}{{ $release }}-countersign{{ end }}
{{- end }}

{{/* Of what is made in the namespace of the platform: releases there may share a name, slugs never do. */}}
{{- define "tenant.applyName" -}}
countersign-tenant-{{ .Values.tenant.slug }}
{{- end }}

{{- define "tenant.labels" -}}
app.kubernetes.io/name: countersign-tenant
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: tenant
app.kubernetes.io/part-of: countersign
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
countersign.tenant: {{ .Values.tenant.slug }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Name, namespace and labels of an object of the tenant's namespace: dict root, name */}}
{{- define "tenant.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "tenant.labels" .root | nindent 2 }}
{{- end }}

{{- define "tenant.serviceAccount" -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- end }}

{{/* The tenant as `countersign tenant apply` reads it. */}}
{{- define "tenant.document" -}}
{{- $tenant := .Values.tenant -}}
{{- toYaml (empty $tenant.policy | ternary (omit $tenant "policy") $tenant) }}
{{- end }}

{{/* What the command line is told of the installation that serves the tenant: cliSecret, trustBundle. */}}
{{- define "tenant.tls" -}}
{{- $tls := .Values.dedicated | ternary (dig "tls" dict .Values.dataPlane) .Values.platform -}}
cliSecret: {{ $tls.cliSecret | default (printf "%s-cli-tls" (include "tenant.platformName" .)) }}
trustBundle: {{- toYaml ($tls.trustBundle | default dict) | nindent 2 }}
{{- end }}

{{/* `image` of values; with an installation of its own, that of its services. */}}
{{- define "tenant.imageValues" -}}
{{ .Values.dedicated | ternary (dig "image" dict .Values.dataPlane) .Values.image | toYaml }}
{{- end }}

{{- define "tenant.image" -}}
{{- $image := include "tenant.imageValues" . | fromYaml -}}
{{- $name := ternary $image.repository (printf "%s/%s" $image.registry $image.repository) (empty $image.registry) -}}
{{- if $image.digest }}{{ $name }}@{{ $image.digest }}{{ else }}{{ $name }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* What Pod Security `restricted` asks of a pod; with an installation of its own, it goes where that goes. */}}
{{- define "tenant.podBasics" -}}
automountServiceAccountToken: false
enableServiceLinks: false
restartPolicy: Never
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with (include "tenant.imageValues" . | fromYaml).pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- $place := .Values.dedicated | ternary .Values.dataPlane dict }}
{{- with $place.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $place.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $place.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tenant.containerBasics" -}}
image: {{ include "tenant.image" . }}
imagePullPolicy: {{ (include "tenant.imageValues" . | fromYaml).pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
  readOnlyRootFilesystem: true
  runAsNonRoot: true
resources: {{- toYaml .Values.apply.resources | nindent 2 }}
{{- end }}
