{{/*
What a pod has mounted: lists of {mountPath, volume}. Volumes and volumeMounts are written from one list, so a job can join
those of several services; what stands in it twice is mounted once.
*/}}

{{/* dict root, name: of a service, everything it reads */}}
{{- define "countersign.serviceMounts" -}}
{{ include "countersign.tlsMount" . }}
{{ include "countersign.databaseMounts" . }}
{{ include "countersign.kafkaMount" . }}
{{ include "countersign.keyMounts" . }}
{{ include "countersign.snapshotKeysMount" .root }}
{{- if and (eq .name "enrollment") .root.Values.metadata.source }}
- mountPath: /etc/countersign/metadata-roots
  volume: {name: metadata-roots, configMap: {name: {{ .root.Values.metadata.rootsConfigMap }}}}
{{- end }}
{{- end }}

{{/* dict root, name: a service or `cli` */}}
{{- define "countersign.tlsMount" -}}
{{- $secret := eq .name "cli" | ternary (.root.Values.tls.cliSecret | default (printf "%s-cli-tls" (include "countersign.fullname" .root))) "" -}}
{{- if not $secret }}{{ $secret = include "countersign.secretName" (dict "root" .root "name" .name "kind" "tls") }}{{ end -}}
{{- $trust := .root.Values.tls.trustBundle -}}
- mountPath: /etc/countersign/{{ .name }}/tls
  volume:
    name: {{ .name }}-tls
    {{- if $trust.configMap }}
    projected:
      defaultMode: 0440
      sources:
        - secret: {name: {{ $secret }}, items: [{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}]}
        - configMap: {name: {{ $trust.configMap }}, items: [{key: {{ $trust.key }}, path: ca.crt}]}
    {{- else }}
    secret: {secretName: {{ $secret }}, defaultMode: 0440}
    {{- end }}
{{- end }}

{{/* dict root, name */}}
{{- define "countersign.authorityMount" -}}
- mountPath: /etc/countersign/{{ .name }}/tls
  volume:
    name: {{ .name }}-tls
    secret: {secretName: {{ include "countersign.secretName" (dict "root" .root "name" .name "kind" "tls") }}, items: [{key: ca.crt, path: ca.crt}], defaultMode: 0440}
{{- end }}

{{/* dict root, name */}}
{{- define "countersign.databaseMounts" -}}
- mountPath: /etc/countersign/{{ .name }}/database
  volume:
    name: {{ .name }}-database
    secret:
      secretName: {{ include "countersign.secretName" (dict "root" .root "name" .name "kind" "database") }}
      defaultMode: 0440
{{ include "countersign.databaseCaMount" .root }}
{{- end }}

{{/* Authorities of PostgreSQL, for URLs with `sslrootcert=/etc/countersign/database-ca/ca.crt`. */}}
{{- define "countersign.databaseCaMount" -}}
{{- $secret := eq .Values.database.mode "cloudnative-pg" | ternary (printf "%s-database-ca" (include "countersign.fullname" .)) .Values.database.caSecret -}}
{{- with $secret }}
- mountPath: /etc/countersign/database-ca
  volume:
    name: database-ca
    secret: {secretName: {{ . }}, items: [{key: ca.crt, path: ca.crt}], defaultMode: 0440}
{{- end }}
{{- end }}

{{/* dict root, name */}}
{{- define "countersign.kafkaMount" -}}
{{- if ne .root.Values.kafka.mode "none" }}
- mountPath: /etc/countersign/{{ .name }}/kafka
  volume:
    name: {{ .name }}-kafka
    projected:
      defaultMode: 0440
      sources:
        - secret: {name: {{ include "countersign.secretName" (dict "root" .root "name" .name "kind" "kafka") }}, items: [{key: password, path: password}]}
        {{- with include "countersign.kafkaCaSecret" .root }}
        - secret: {name: {{ . }}, items: [{key: ca.crt, path: ca.crt}]}
        {{- end }}
{{- end }}
{{- end }}

{{/* Nothing for a service that holds no keys. dict root, name */}}
{{- define "countersign.keyMounts" -}}
{{- $keys := .root.Values.keys -}}
{{- with index (include "countersign.topology" .root | fromJson).keyStores .name }}
{{- if eq $keys.driver "file" }}
- mountPath: /var/lib/countersign/{{ . }}
  writable: true
  volume: {name: {{ . }}-keys, persistentVolumeClaim: {claimName: {{ include "countersign.fullname" $.root }}-{{ . }}-keys}}
- mountPath: /etc/countersign/master-key
  volume: {name: master-key, secret: {secretName: {{ include "countersign.fullname" $.root }}-master-key, defaultMode: 0440}}
{{- else if or (eq $keys.driver "pkcs11") (eq $keys.credentials "secret") }}
- mountPath: /etc/countersign/{{ $.name }}/keys
  volume: {name: {{ $.name }}-keys, secret: {secretName: {{ include "countersign.secretName" (dict "root" $.root "name" $.name "kind" "keys") }}, defaultMode: 0440}}
{{- end }}
{{- if and (eq $keys.driver "pkcs11") $keys.pkcs11.volume }}
- mountPath: {{ $keys.pkcs11.mountPath }}
  volume: {{- merge (dict "name" "pkcs11-module") (deepCopy $keys.pkcs11.volume) | toYaml | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "countersign.snapshotKeysMount" -}}
- mountPath: /etc/countersign/snapshot-keys
  volume: {name: snapshot-keys, configMap: {name: {{ include "countersign.snapshotKeys" . }}}}
{{- end }}

{{/* dict root, configMap */}}
{{- define "countersign.settingsMount" -}}
- mountPath: /etc/countersign/settings
  volume: {name: settings, configMap: {name: {{ .configMap }}}}
{{- end }}

{{/*
What the install Job reads: who administers PostgreSQL and Kafka, how every service logs in, the keys of tenant; the authority
that the URLs of a generated installation name, without the private keys that lie beside it.
*/}}
{{- define "countersign.installMounts" -}}
{{- $root := . -}}
- mountPath: /etc/countersign/admin
  volume:
    name: admin
    projected:
      defaultMode: 0440
      sources:
        - secret: {name: {{ include "countersign.adminSecret" . }}, items: [{key: url, path: url}]}
        {{- with include "countersign.kafkaAdminSecret" . }}
        - secret: {name: {{ . }}, items: [{key: {{ ternary "admin" "password" (eq $root.Values.kafka.mode "evaluation") }}, path: kafka/password}]}
        {{- end }}
{{- range (include "countersign.topology" . | fromJson).services }}
{{- $of := dict "root" $root "name" . }}
{{ include "countersign.databaseMounts" $of }}
{{- if eq $root.Values.tls.mode "generated" }}
{{ include "countersign.authorityMount" $of }}
{{- end }}
{{- end }}
{{ include "countersign.kafkaMount" (dict "root" . "name" "tenant") }}
{{ include "countersign.keyMounts" (dict "root" . "name" "tenant") }}
{{- end }}

{{/* What a command may need: who administers PostgreSQL, every service's database and keys, the certificate `cli`. */}}
{{- define "countersign.commandMounts" -}}
{{- $root := . -}}
{{ include "countersign.installMounts" . }}
{{ include "countersign.tlsMount" (dict "root" . "name" "cli") }}
{{- range $name, $store := (include "countersign.topology" . | fromJson).keyStores }}
{{ include "countersign.keyMounts" (dict "root" $root "name" $name) }}
{{- end }}
{{- range (include "countersign.topology" . | fromJson).services }}
{{ include "countersign.kafkaMount" (dict "root" $root "name" .) }}
{{- end }}
{{- end }}

{{/* `volumes` of a pod, with its /tmp. A list of mounts, as YAML text. */}}
{{- define "countersign.volumes" -}}
{{- $seen := dict -}}
- {name: tmp, emptyDir: {sizeLimit: 64Mi}}
{{- range fromYamlArray . }}
{{- if not (hasKey $seen .volume.name) }}
{{- $_ := set $seen .volume.name true }}
- {{ toYaml .volume | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- end }}

{{/* `volumeMounts` of a container. A list of mounts, as YAML text. */}}
{{- define "countersign.volumeMounts" -}}
{{- $seen := dict -}}
- {name: tmp, mountPath: /tmp}
{{- range fromYamlArray . }}
{{- if not (hasKey $seen .volume.name) }}
{{- $_ := set $seen .volume.name true }}
- {name: {{ .volume.name }}, mountPath: {{ .mountPath }}{{ if not .writable }}, readOnly: true{{ end }}}
{{- end }}
{{- end }}
{{- end }}
