{{/* Settings of a service, as its Deployment and as `<service>.env`: one map of variables. dict root, name */}}
{{- define "countersign.settings" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $service := include "countersign.service" . | fromYaml -}}
{{- $topology := include "countersign.topology" $root | fromJson -}}
{{- $folder := printf "/etc/countersign/%s" .name -}}
COUNTERSIGN_LISTEN: 0.0.0.0:7000
COUNTERSIGN_ADMIN_LISTEN: 0.0.0.0:7001
COUNTERSIGN_PEERS: {{ include "countersign.peers" . | quote }}
{{ include "countersign.tlsSettings" . }}
COUNTERSIGN_DATABASE_URL_FILE: {{ $folder }}/database/url
COUNTERSIGN_RELAY_URL_FILE: {{ $folder }}/database/relay-url
COUNTERSIGN_DATABASE_CONNECTIONS: {{ $service.databaseConnections | int | quote }}
COUNTERSIGN_SNAPSHOT_KEYS_FILE: /etc/countersign/snapshot-keys/snapshot-keys.json
COUNTERSIGN_LOG_LEVEL: {{ $values.logLevel }}
{{- with $values.telemetry.endpoint }}
COUNTERSIGN_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- with include "countersign.kafkaSettings" . }}
{{ . }}
{{- end }}
{{- with index $topology.keyStores .name }}
{{ include "countersign.keySettings" (dict "root" $root "name" $.name "store" .) }}
{{- end }}
{{- if eq .name "gateway" }}
COUNTERSIGN_PUBLIC_URL: {{ $values.publicUrl | quote }}
COUNTERSIGN_HTTP_LISTEN: 0.0.0.0:8080
COUNTERSIGN_BEHIND_TLS_PROXY: "true"
COUNTERSIGN_TRUSTED_PROXIES: {{ join "," $values.gateway.trustedProxies | quote }}
{{- else if eq .name "session" }}
COUNTERSIGN_PUBLIC_URL: {{ $values.publicUrl | quote }}
COUNTERSIGN_TOKEN_SIGNING: {{ $values.keys.tokenSigning }}
{{- else if eq .name "tenant" }}
COUNTERSIGN_PLATFORM_RP_ID: {{ $values.platform.rpId | default (include "countersign.publicHost" $root) | quote }}
COUNTERSIGN_PLATFORM_ORIGINS: {{ join "," ($values.platform.origins | default (list $values.publicUrl)) | quote }}
{{- else if eq .name "enrollment" }}
{{- with $values.metadata.source }}
COUNTERSIGN_METADATA_SOURCE: {{ . | quote }}
COUNTERSIGN_METADATA_ROOTS: /etc/countersign/metadata-roots
{{- end }}
{{- end }}
{{- with $service.settings }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where the peers of a caller are: a name each, which answers with every ready pod. dict root, name */}}
{{- define "countersign.peers" -}}
{{- $fullname := include "countersign.fullname" .root -}}
{{- $name := .name -}}
{{- $peers := list -}}
{{- range (include "countersign.topology" .root | fromJson).edges -}}
{{- if eq .from $name }}{{ $peers = append $peers (printf "%s=%s-%s:7000" .to $fullname .to) }}{{ end -}}
{{- end -}}
{{ join "," $peers }}
{{- end }}

{{/* dict root, name */}}
{{- define "countersign.tlsSettings" -}}
COUNTERSIGN_TLS_CERT_FILE: /etc/countersign/{{ .name }}/tls/tls.crt
COUNTERSIGN_TLS_KEY_FILE: /etc/countersign/{{ .name }}/tls/tls.key
COUNTERSIGN_TLS_CA_FILE: /etc/countersign/{{ .name }}/tls/ca.crt
{{- end }}

{{- define "countersign.kafkaBrokers" -}}
{{- $fullname := include "countersign.fullname" . -}}
{{- if eq .Values.kafka.mode "external" }}{{ join "," .Values.kafka.brokers }}
{{- else if eq .Values.kafka.mode "strimzi" }}{{ $fullname }}-kafka-kafka-bootstrap:9093
{{- else if eq .Values.kafka.mode "evaluation" }}{{ $fullname }}-kafka:9092
{{- end }}
{{- end }}

{{/* The Secret with the authorities of the brokers, if one is given. */}}
{{- define "countersign.kafkaCaSecret" -}}
{{- if eq .Values.kafka.mode "strimzi" }}{{ include "countersign.fullname" . }}-kafka-cluster-ca-cert
{{- else if eq .Values.kafka.mode "evaluation" }}{{ include "countersign.fullname" . }}-kafka-tls
{{- else if eq .Values.kafka.mode "external" }}{{ .Values.kafka.caSecret }}
{{- end }}
{{- end }}

{{/* The name by which Kafka knows a service; with Strimzi that of the KafkaUser. dict root, name */}}
{{- define "countersign.kafkaUsername" -}}
{{- if eq .root.Values.kafka.mode "strimzi" }}{{ include "countersign.fullname" .root }}-{{ .name }}-kafka
{{- else }}{{ .root.Values.kafka.usernamePrefix }}{{ .name }}
{{- end }}
{{- end }}

{{/* dict root, name */}}
{{- define "countersign.kafkaSettings" -}}
{{- $kafka := .root.Values.kafka -}}
{{- if ne $kafka.mode "none" -}}
COUNTERSIGN_KAFKA_BROKERS: {{ include "countersign.kafkaBrokers" .root | quote }}
COUNTERSIGN_KAFKA_TOPIC_PREFIX: {{ $kafka.topicPrefix | quote }}
{{- if eq $kafka.mode "evaluation" }}
COUNTERSIGN_KAFKA_REPLICATION: development
{{- end }}
{{- if include "countersign.kafkaCaSecret" .root }}
COUNTERSIGN_KAFKA_CA_FILE: /etc/countersign/{{ .name }}/kafka/ca.crt
{{- end }}
COUNTERSIGN_KAFKA_USERNAME: {{ include "countersign.kafkaUsername" . | quote }}
COUNTERSIGN_KAFKA_PASSWORD_FILE: /etc/countersign/{{ .name }}/kafka/password
{{- end }}
{{- end }}

{{/* dict root, name, store */}}
{{- define "countersign.keySettings" -}}
{{- $keys := .root.Values.keys -}}
{{- $folder := printf "/etc/countersign/%s/keys" .name -}}
COUNTERSIGN_PROFILE: {{ ternary "development" "production" (eq $keys.driver "file") }}
COUNTERSIGN_KEY_DRIVER: {{ $keys.driver }}
{{- if eq $keys.driver "file" }}
COUNTERSIGN_KEYS_FILE: /var/lib/countersign/{{ .store }}/keys
COUNTERSIGN_MASTER_KEY_FILE: /etc/countersign/master-key/key
{{- else }}
COUNTERSIGN_KEY_NAMESPACE: {{ $keys.namespace }}-{{ .store }}
{{- end }}
{{- if eq $keys.driver "pkcs11" }}
COUNTERSIGN_PKCS11_MODULE: {{ $keys.pkcs11.module | quote }}
COUNTERSIGN_PKCS11_TOKEN: {{ $keys.pkcs11.token | quote }}
COUNTERSIGN_PKCS11_PIN_FILE: {{ $folder }}/pin
COUNTERSIGN_PKCS11_SESSIONS: {{ $keys.pkcs11.sessions | int | quote }}
{{- else if eq $keys.driver "aws-kms" }}
COUNTERSIGN_KMS_REGION: {{ $keys.awsKms.region | quote }}
{{- with $keys.awsKms.endpoint }}
COUNTERSIGN_KMS_ENDPOINT: {{ . | quote }}
{{- end }}
{{- if eq $keys.credentials "secret" }}
COUNTERSIGN_KMS_CREDENTIALS_FILE: {{ $folder }}/credentials.json
{{- end }}
{{- else if eq $keys.driver "azure" }}
COUNTERSIGN_VAULT_URL: {{ $keys.azure.vaultUrl | quote }}
COUNTERSIGN_VAULT_HSM: {{ $keys.azure.hsm | quote }}
{{- if eq $keys.credentials "secret" }}
COUNTERSIGN_VAULT_TENANT_ID: {{ $keys.azure.tenantId | quote }}
COUNTERSIGN_VAULT_CLIENT_ID: {{ $keys.azure.clientId | quote }}
COUNTERSIGN_VAULT_CLIENT_SECRET_FILE: {{ $folder }}/client-secret
{{- end }}
{{- end }}
{{- end }}

{{/* What a vendor's module is told, in pods that load it; it signs on threads of Node's pool. dict root, name */}}
{{- define "countersign.moduleEnv" -}}
{{- $keys := .root.Values.keys -}}
{{- if and (eq $keys.driver "pkcs11") (hasKey (include "countersign.topology" .root | fromJson).keyStores .name) -}}
UV_THREADPOOL_SIZE: {{ max 4 (int $keys.pkcs11.sessions) | quote }}
{{- with $keys.pkcs11.env }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the command line is told when it calls services over the network. */}}
{{- define "countersign.cliSettings" -}}
COUNTERSIGN_PEERS: {{ include "countersign.peers" (dict "root" . "name" "cli") | quote }}
{{ include "countersign.tlsSettings" (dict "root" . "name" "cli") }}
COUNTERSIGN_PUBLIC_URL: {{ .Values.publicUrl | quote }}
{{- end }}

{{/* What only whoever installs is told. With Strimzi nobody administers Kafka from here: its operator does. */}}
{{- define "countersign.adminSettings" -}}
COUNTERSIGN_ADMIN_URL_FILE: /etc/countersign/admin/url
COUNTERSIGN_SNAPSHOT_KEYS_CONFIG_MAP: {{ include "countersign.snapshotKeys" . }}
{{- if include "countersign.kafkaAdminSecret" . }}
COUNTERSIGN_KAFKA_USERNAME: {{ .Values.kafka.adminUsername | quote }}
COUNTERSIGN_KAFKA_PASSWORD_FILE: /etc/countersign/admin/kafka/password
COUNTERSIGN_KAFKA_PARTITIONS: {{ .Values.kafka.partitions | int | quote }}
COUNTERSIGN_KAFKA_PRINCIPAL: User:{{ include "countersign.kafkaUsername" (dict "root" . "name" "{service}") }}
{{- end }}
{{- end }}

{{/* The Secret of a user that may create topics and permissions, if there is to be one. */}}
{{- define "countersign.kafkaAdminSecret" -}}
{{- if eq .Values.kafka.mode "evaluation" }}{{ include "countersign.fullname" . }}-kafka-users
{{- else if eq .Values.kafka.mode "external" }}{{ .Values.kafka.adminSecret }}
{{- end }}
{{- end }}

{{- define "countersign.publicHost" -}}
{{ (urlParse .Values.publicUrl).host | splitList ":" | first }}
{{- end }}

{{/* A map of variables, as YAML text, in lines NAME='value'. */}}
{{- define "countersign.envFile" -}}
{{- range $name, $value := fromYaml . }}
{{- if regexMatch "['\\r\\n]" $value }}{{ fail (printf "%s holds a quotation mark or a line break, which a file of settings cannot hold" $name) }}{{ end }}
{{ $name }}='{{ $value }}'
{{- end }}
{{- end }}

{{/* A map of variables, as YAML text, as the `env` of a container. */}}
{{- define "countersign.env" -}}
{{- range $name, $value := fromYaml . }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* Every file of settings: what ConfigMaps hold as `data`. */}}
{{- define "countersign.settingsFiles" -}}
{{- $root := . -}}
{{- range (include "countersign.topology" . | fromJson).services }}
{{ . }}.env: |
  {{- include "countersign.envFile" (include "countersign.settings" (dict "root" $root "name" .)) | nindent 2 }}
{{- end }}
admin.env: |
  {{- include "countersign.envFile" (include "countersign.adminSettings" .) | nindent 2 }}
cli.env: |
  {{- include "countersign.envFile" (include "countersign.cliSettings" .) | nindent 2 }}
{{- end }}
