{{/* The release's name, which all objects carry. */}}
{{- define "flotilla.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "flotilla.selector" -}}
app.kubernetes.io/name: flotilla
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "flotilla.labels" -}}
{{ include "flotilla.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "flotilla.secret" -}}
{{ .Values.secret.existing | default (include "flotilla.name" .) }}
{{- end }}

{{/* A fleet has 32 worker ids. While both Deployments are replaced, each has one pod more, and one that is still ending. */}}
{{- define "flotilla.guard" -}}
{{- $requests := .Values.requests.replicas }}
{{- if .Values.requests.autoscaling.enabled }}
{{- if gt (int .Values.requests.autoscaling.min) (int .Values.requests.autoscaling.max) }}
{{- fail (printf "requests.autoscaling.min (%d) is above requests.autoscaling.max (%d)" (int .Values.requests.autoscaling.min) (int .Values.requests.autoscaling.max)) }}
{{- end }}
{{- $requests = .Values.requests.autoscaling.max }}
{{- end }}
{{- $most := add (int $requests) (int .Values.workers.replicas) 4 }}
{{- if gt (int $most) 32 }}
{{- fail (printf "a fleet has at most 32 nodes: %d that serve requests, %d workers and 4 while pods are replaced make %d; lower requests.autoscaling.max, requests.replicas or workers.replicas" (int $requests) (int .Values.workers.replicas) (int $most)) }}
{{- end }}
{{- end }}

{{/* A Deployment: (dict "root" $ "component" "requests" "mode" "!" "values" .Values.requests "replicas" n, nil for autoscaling) */}}
{{- define "flotilla.deployment" -}}
{{- include "flotilla.guard" .root -}}
{{- $name := include "flotilla.name" .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}-{{ .component }}
  labels:
    {{- include "flotilla.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if not (kindIs "invalid" .replicas) }}
  replicas: {{ .replicas }}
  {{- end }}
  minReadySeconds: 5
  # A new pod is ready before an old one goes.
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "flotilla.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  template:
    metadata:
      labels:
        {{- include "flotilla.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
      annotations:
        # Other settings make other pods.
        checksum/settings: {{ include (print .root.Template.BasePath "/configmap.yaml") .root | sha256sum }}
        {{- if not .root.Values.secret.existing }}
        checksum/secret: {{ .root.Values.secret.values | toJson | sha256sum }}
        {{- end }}
        {{- with .root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      # preStop, then FLOTILLA_DRAIN_DEADLINE_MS, then 5 s until the server ends by itself, and 5 s to spare.
      terminationGracePeriodSeconds: {{ add (int .root.Values.shutdown.preStop) (int .root.Values.shutdown.drain) 10 }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "flotilla.selector" $.root | nindent 14 }}
              app.kubernetes.io/component: {{ $.component }}
        {{- end }}
      {{- with .root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: flotilla
          image: {{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [start]
          ports:
            - name: http
              containerPort: 13000
          envFrom:
            - configMapRef:
                name: {{ $name }}
            - secretRef:
                name: {{ include "flotilla.secret" .root }}
          env:
            - name: WORKER_MODE
              value: {{ .mode | quote }}
          # Installing or migrating the database, or waiting for another pod that does, may take five minutes.
          startupProbe:
            httpGet:
              path: /startupz
              port: http
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 150
          livenessProbe:
            httpGet:
              path: /livez
              port: http
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          lifecycle:
            preStop:
              exec:
                command: [sleep, {{ .root.Values.shutdown.preStop | quote }}]
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: storage
              mountPath: /var/lib/flotilla
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: storage
          persistentVolumeClaim:
            claimName: {{ .root.Values.storage.existingClaim | default $name }}
        - name: tmp
          emptyDir: {}
{{- end }}
