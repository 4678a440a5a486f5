{{/* A NetworkPolicy of one component: dict root, component, ingress, egress (rules as YAML text), hook, and `pods` (labels) where others than the release made them. */}}
{{- define "countersign.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "countersign.metadata" . | nindent 2 }}
  {{- with .hook }}
  annotations: {{- include "countersign.hook" (dict "hook" . "weight" -30) | nindent 4 }}
  {{- end }}
spec:
  podSelector:
    matchLabels: {{- .pods | default (include "countersign.selector" . | fromYaml) | toYaml | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if trim (.ingress | default "") }}
  ingress: {{- .ingress | trim | nindent 4 }}
  {{- else }}
  ingress: []
  {{- end }}
  egress: {{- .egress | trim | nindent 4 }}
{{- end }}

{{/* Pods of this release, as peers: dict root, components */}}
{{- define "countersign.podPeers" -}}
{{- range .components }}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: countersign
      app.kubernetes.io/instance: {{ $.root.Release.Name }}
      app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* A rule for pods of this release: dict root, direction (from|to), components, port */}}
{{- define "countersign.podRule" -}}
- {{ .direction }}: {{- include "countersign.podPeers" . | trim | nindent 4 }}
  ports: [{port: {{ .port }}, protocol: TCP}]
{{- end }}

{{/* Who may reach PostgreSQL and Kafka of the release: a JSON list of components. */}}
{{- define "countersign.backendCallers" -}}
{{ concat (include "countersign.topology" . | fromJson).services (list "install" "command") | toJson }}
{{- end }}

{{/* A rule for pods with these labels, in this namespace: dict direction, labels, ports */}}
{{- define "countersign.labelRule" -}}
- {{ .direction }}: [{podSelector: {matchLabels: {{ toJson .labels }}}}]
  ports:
    {{- range .ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
{{- end }}

{{/* A rule for peers that values name: dict direction, rule {peers, ports}. Without peers there is no rule. */}}
{{- define "countersign.peerRule" -}}
{{- with .rule.peers }}
- {{ $.direction }}: {{- toYaml . | nindent 4 }}
  ports:
    {{- range $.rule.ports }}
    - {port: {{ . | int }}, protocol: TCP}
    {{- end }}
{{- end }}
{{- end }}

{{- define "countersign.dnsRule" -}}
- to: {{- toYaml .Values.networkPolicy.dns.peers | nindent 4 }}
  ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - {port: {{ . | int }}, protocol: UDP}
    - {port: {{ . | int }}, protocol: TCP}
    {{- end }}
{{- end }}

{{- define "countersign.databaseRule" -}}
{{- if eq .Values.database.mode "evaluation" }}
{{- include "countersign.podRule" (dict "root" . "direction" "to" "components" (list "postgres") "port" 5432) }}
{{- else if eq .Values.database.mode "cloudnative-pg" }}
- to: [{podSelector: {matchLabels: {cnpg.io/cluster: {{ include "countersign.fullname" . }}-database}}}]
  ports: [{port: 5432, protocol: TCP}]
{{- else }}
{{- include "countersign.peerRule" (dict "direction" "to" "rule" .Values.networkPolicy.database) }}
{{- end }}
{{- end }}

{{- define "countersign.kafkaRule" -}}
{{- if eq .Values.kafka.mode "evaluation" }}
{{- include "countersign.podRule" (dict "root" . "direction" "to" "components" (list "kafka") "port" 9092) }}
{{- else if eq .Values.kafka.mode "strimzi" }}
- to: [{podSelector: {matchLabels: {strimzi.io/cluster: {{ include "countersign.fullname" . }}-kafka}}}]
  ports: [{port: 9093, protocol: TCP}]
{{- else if eq .Values.kafka.mode "external" }}
{{- include "countersign.peerRule" (dict "direction" "to" "rule" .Values.networkPolicy.kafka) }}
{{- end }}
{{- end }}

{{/* Where no addresses are given, any address at these ports: API servers seldom have a fixed one. */}}
{{- define "countersign.kubernetesApiRule" -}}
{{- $api := .Values.networkPolicy.kubernetesApi -}}
- {{ if $api.peers }}to: {{- toYaml $api.peers | nindent 4 }}
  {{ end }}ports:
    {{- range $api.ports }}
    - {port: {{ . | int }}, protocol: TCP}
    {{- end }}
{{- end }}

{{/* What a service may reach: its peers, its database, Kafka, its key store. dict root, name */}}
{{- define "countersign.serviceEgress" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $topology := include "countersign.topology" $root | fromJson -}}
{{- $policy := $root.Values.networkPolicy -}}
{{- include "countersign.dnsRule" $root }}
{{- $callees := list }}
{{- range $topology.edges }}{{ if eq .from $name }}{{ $callees = append $callees .to }}{{ end }}{{ end }}
{{- with $callees }}
{{ include "countersign.podRule" (dict "root" $root "direction" "to" "components" . "port" 7000) }}
{{- end }}
{{ include "countersign.databaseRule" $root }}
{{ include "countersign.kafkaRule" $root }}
{{- if and (hasKey $topology.keyStores $name) (ne $root.Values.keys.driver "file") }}
{{ include "countersign.peerRule" (dict "direction" "to" "rule" $policy.keyStore) }}
{{- end }}
{{- if $root.Values.telemetry.endpoint }}
{{ include "countersign.peerRule" (dict "direction" "to" "rule" $policy.telemetry) }}
{{- end }}
{{- if and (eq $name "enrollment") $root.Values.metadata.source }}
{{ include "countersign.peerRule" (dict "direction" "to" "rule" $policy.metadata) }}
{{- end }}
{{- end }}

{{/* Who may reach a service: its callers, Prometheus, and the gateway's clients. dict root, name */}}
{{- define "countersign.serviceIngress" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $callers := list }}
{{- range (include "countersign.topology" $root | fromJson).edges }}{{ if eq .to $name }}{{ $callers = append $callers .from }}{{ end }}{{ end }}
{{- if has "cli" $callers }}{{ $callers = concat $callers (list "test" "command") }}{{ end }}
{{- with $callers }}
{{- include "countersign.podRule" (dict "root" $root "direction" "from" "components" . "port" 7000) }}
{{- end }}
{{ include "countersign.peerRule" (dict "direction" "from" "rule" (dict "peers" $root.Values.networkPolicy.metrics.peers "ports" (list 7001))) }}
{{- if eq $name "gateway" }}
{{ include "countersign.podRule" (dict "root" $root "direction" "from" "components" (list "test") "port" 8080) }}
{{ include "countersign.peerRule" (dict "direction" "from" "rule" (dict "peers" $root.Values.networkPolicy.gateway.peers "ports" (list 8080))) }}
{{- end }}
{{- end }}

{{/* What the command line may reach, as `cli`, as `command` or within the test. dict root, component */}}
{{- define "countersign.cliEgress" -}}
{{- $root := .root -}}
{{- $callees := list }}
{{- range (include "countersign.topology" $root | fromJson).edges }}{{ if eq .from "cli" }}{{ $callees = append $callees .to }}{{ end }}{{ end }}
{{- include "countersign.dnsRule" $root }}
{{ include "countersign.podRule" (dict "root" $root "direction" "to" "components" $callees "port" 7000) }}
{{- if eq .component "test" }}
{{ include "countersign.podRule" (dict "root" $root "direction" "to" "components" (list "gateway") "port" 8080) }}
{{- end }}
{{- end }}
