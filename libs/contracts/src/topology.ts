/**
 * Who may call whom, by method and purpose: the one table behind the servers' allow-lists, the start order, the network
 * policies and the diagram in docs/architecture.md. It lists only what exists.
 *
 * `authority` says where a method takes tenant and subject from:
 * - `caller-token`: from the token session issued for this very method, and from nowhere else;
 * - `client-id`: there is no session yet; the client id, a ticket or a client's own credentials lead to the tenant;
 * - `service`: from the permitted service that calls.
 */
export const SERVICES = [
  'gateway',
  'tenant',
  'enrollment',
  'challenge',
  'verification',
  'risk',
  'session',
  'audit',
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Who may appear as a caller: the services, and the command line run on a server of the installation. */
export type CallerName = ServiceName | 'cli';

export type Authority = 'caller-token' | 'client-id' | 'service';

export interface Edge {
  from: CallerName;
  to: ServiceName;
  methods: readonly string[];
  authority: Authority;
  purpose: string;
  /** A stream or a regular question in the background, that no start order follows. */
  background?: boolean;
}

const EXPORT = 'what is held of a person';

export const TOPOLOGY: readonly Edge[] = [
  {
    from: 'gateway',
    to: 'verification',
    methods: ['BeginAuthentication', 'CompleteAuthentication'],
    authority: 'client-id',
    purpose: 'sign-in',
  },
  {
    from: 'gateway',
    to: 'verification',
    methods: ['BeginStepUp', 'CompleteStepUp', 'RedeemGrant'],
    authority: 'caller-token',
    purpose: 'step-up and grants',
  },
  {
    from: 'gateway',
    to: 'enrollment',
    methods: ['OpenTicket', 'BeginWithTicket', 'CompleteWithTicket'],
    authority: 'client-id',
    purpose: 'first authenticator, by ticket',
  },
  {
    from: 'gateway',
    to: 'enrollment',
    methods: [
      'CreateSubject',
      'GetSubject',
      'EraseSubject',
      'GetErasure',
      'ExportSubject',
      'IssueTicket',
      'PreviewPolicy',
      'ListCondemnedDevices',
      'BeginWithGrant',
      'CompleteWithGrant',
      'ListCredentials',
      'RenameCredential',
      'SuspendCredential',
      'ResumeCredential',
      'RevokeCredential',
      'OpenDetails',
    ],
    authority: 'caller-token',
    purpose: 'subjects and devices',
  },
  {
    from: 'gateway',
    to: 'session',
    methods: ['Check', 'Issuer', 'ClientToken', 'Refresh', 'Revoke'],
    authority: 'client-id',
    purpose: 'who is calling; tokens',
  },
  {
    from: 'gateway',
    to: 'session',
    methods: [
      'Introspect',
      'Current',
      'MintAccessToken',
      'ListSessions',
      'EndSession',
      'SignOut',
      'SignOutOthers',
      'SignOutAll',
    ],
    authority: 'caller-token',
    purpose: 'sessions of the caller',
  },
  {
    from: 'gateway',
    to: 'audit',
    methods: ['SearchEvents', 'Activity'],
    authority: 'caller-token',
    purpose: 'what was recorded',
  },
  {
    from: 'verification',
    to: 'challenge',
    methods: ['Issue', 'Redeem'],
    authority: 'service',
    purpose: 'nonces of sign-in and step-up',
  },
  {
    from: 'verification',
    to: 'enrollment',
    methods: ['GetCredentials', 'RecordUse', 'Suspend', 'TenantKeys'],
    authority: 'service',
    purpose: 'whose key',
  },
  { from: 'verification', to: 'risk', methods: ['Assess'], authority: 'service', purpose: 'how sure' },
  {
    from: 'verification',
    to: 'session',
    methods: ['CheckProof', 'Establish', 'Elevate', 'Grant'],
    authority: 'service',
    purpose: 'mint',
  },
  {
    from: 'enrollment',
    to: 'challenge',
    methods: ['Issue', 'Redeem'],
    authority: 'service',
    purpose: 'nonces of registration',
  },
  { from: 'enrollment', to: 'session', methods: ['EndDevice'], authority: 'service', purpose: 'revocation' },
  { from: 'enrollment', to: 'session', methods: ['ExportSessions'], authority: 'service', purpose: EXPORT },
  { from: 'enrollment', to: 'risk', methods: ['ExportHistory'], authority: 'service', purpose: EXPORT },
  { from: 'enrollment', to: 'audit', methods: ['ExportEvents'], authority: 'service', purpose: EXPORT },
  {
    from: 'cli',
    to: 'tenant',
    methods: [
      'CreateTenant',
      'ListTenants',
      'CreateApplication',
      'UpdateApplication',
      'ListApplications',
      'GetPolicy',
      'PutPolicy',
      'AddOperator',
      'ListOperators',
      'SignSnapshots',
    ],
    authority: 'service',
    purpose: 'control plane',
  },
  {
    from: 'cli',
    to: 'enrollment',
    methods: [
      'CreateSubject',
      'IssueTicket',
      'ImportCredentials',
      'RewrapTenantKeys',
      'RewrapSubjectKeys',
      'PreviewPolicy',
      'EraseSubject',
      'GetErasure',
      'ExportSubject',
    ],
    authority: 'service',
    purpose:
      'first operator; what a policy would leave behind; credentials a bank had before; personal data; re-wrapping',
  },
  {
    from: 'cli',
    to: 'audit',
    methods: ['ListQuarantine', 'RedriveQuarantine'],
    authority: 'service',
    purpose: 'messages that could not go into the log',
  },
  { from: 'cli', to: 'session', methods: ['DisableKey'], authority: 'service', purpose: 'a key that leaked' },
  ...SERVICES.filter((from) => from !== 'tenant').map((from): Edge => ({
    from,
    to: 'tenant',
    methods: ['Watch'],
    authority: 'service',
    purpose: 'signed snapshots of tenants',
    background: true,
  })),
  ...SERVICES.filter((from) => from !== 'session' && from !== 'gateway').map((from): Edge => ({
    from,
    to: 'session',
    methods: ['Keys'],
    authority: 'service',
    purpose: 'keys of caller tokens and grants',
    background: true,
  })),
  ...SERVICES.filter((from) => from !== 'audit').map((from): Edge => ({
    from,
    to: 'audit',
    methods: ['CompareManifest', 'MissingEvents'],
    authority: 'service',
    purpose: 'whether audit has every event the caller wrote',
    background: true,
  })),
];

/** The edge that lets `from` call `to`'s `method`, or undefined: then the call is refused. */
export const edgeFor = (from: string, to: ServiceName, method: string): Edge | undefined =>
  TOPOLOGY.find((edge) => edge.from === from && edge.to === to && edge.methods.includes(method));

/**
 * Callees first, and before all what the others follow in the background, so that a first start finds it there. Background
 * edges are no condition: a service starts from its last snapshot.
 */
export function startOrder(): ServiceName[] {
  const order: ServiceName[] = [];
  const visit = (service: ServiceName, path: ServiceName[]): void => {
    if (order.includes(service)) return;
    if (path.includes(service)) throw new Error(`calls go one way: ${[...path, service].join(' → ')}`);
    for (const edge of TOPOLOGY) {
      if (edge.from === service && !edge.background) visit(edge.to, [...path, service]);
    }
    order.push(service);
  };
  for (const edge of TOPOLOGY) if (edge.background) visit(edge.to, []);
  for (const service of SERVICES) visit(service, []);
  return order;
}
