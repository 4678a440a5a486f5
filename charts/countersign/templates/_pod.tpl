{{/* What Pod Security `restricted` asks of a pod, with the user of the image. Volumes are not given anew to the group each time: that would open key files to it. */}}
{{- define "countersign.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "countersign.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
runAsNonRoot: true
{{- end }}

{{/* What every pod of the release begins its spec with: dict root, account, token */}}
{{- define "countersign.podBasics" -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
securityContext: {{- include "countersign.podSecurity" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Key files lie on volumes that one node has: pods that read one stay together, and so can a command that reads all. dict root, name */}}
{{- define "countersign.keyFileLabel" -}}
{{- $keys := .root.Values.keys -}}
{{- $store := index (include "countersign.topology" .root | fromJson).keyStores .name -}}
{{- if and $store (eq $keys.driver "file") (eq $keys.file.accessMode "ReadWriteOnce") }}countersign-key-files: mounted{{ end }}
{{- end }}

{{/* dict root, name */}}
{{- define "countersign.keyFileAffinity" -}}
{{- with include "countersign.keyFileLabel" . }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            app.kubernetes.io/instance: {{ $.root.Release.Name }}
            {{ . }}
{{- end }}
{{- end }}

{{/* Over zones and hosts, by revision; nodes that take no pods do not count. dict root, component */}}
{{- define "countersign.spread" -}}
{{- $root := .root -}}
{{- $component := .component -}}
{{- range $key, $answer := dict "topology.kubernetes.io/zone" $root.Values.topologySpread.zone "kubernetes.io/hostname" $root.Values.topologySpread.host }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: {{ $answer }}
  nodeTaintsPolicy: Honor
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels: {{- include "countersign.selector" (dict "root" $root "component" $component) | nindent 6 }}
{{- end }}
{{- end }}

{{/* A container of the image that runs the command line once: dict root, image, name, args, mounts, env */}}
{{- define "countersign.command" -}}
- name: {{ .name }}
  image: {{ .image | default (include "countersign.ownImage" (dict "root" .root)) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: {{ .args | toJson }}
  {{- with .env }}
  env: {{- include "countersign.env" . | nindent 4 }}
  {{- end }}
  securityContext: {{- include "countersign.containerSecurity" . | nindent 4 }}
  resources: {{- toYaml .root.Values.jobs.resources | nindent 4 }}
  volumeMounts: {{- include "countersign.volumeMounts" (.mounts | default "[]") | nindent 4 }}
{{- end }}

{{/* Spec of a claim: {size, storageClass} */}}
{{- define "countersign.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources: {requests: {storage: {{ .size }}}}
{{- end }}
