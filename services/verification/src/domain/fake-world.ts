import { reject, refuse, type Code, type Refusal } from '@countersign/kernel';
import type {
  Application,
  Authentication,
  BoundAction,
  CeremonyPolicy,
  Credential,
  Grant,
  Holder,
  Origin,
  Ports,
  Presented,
  Proven,
  RefusalRecord,
  RiskVerdict,
} from '../ports.js';

export const CAUSE = { requestId: 'request', deadline: Date.now() + 60_000 };
export const ORIGIN: Origin = { address: '192.0.2.1', userAgent: 'browser', platform: 'ios' };
export const NOW = 1_800_000_000;
export const ALLOW: RiskVerdict = { score: 0, level: 'LOW', action: 'allow', reasons: [] };

export const POLICY: CeremonyPolicy = {
  version: 7,
  assurance: {
    level: 'any',
    synced: true,
    userVerification: 'required',
    transports: 'any',
    algorithms: [-7],
    keyProtection: 'any',
    aaguids: 'any',
  },
  counter: 'suspend',
  whenRiskAbsent: { signIn: 'allow', stepUp: 'block' },
  bindsTokens: false,
  actions: { 'payee.add': { acr: 'phr', maxAge: 60 }, 'wire.send': { acr: 'phrh', maxAge: 60 } },
};

export const PROVEN: Proven = { ok: true, counter: 0, backupState: false, userVerified: true, counterVerdict: 'zero' };

export const credential = (name: string, more: Partial<Credential> = {}): Credential => ({
  id: `record-${name}`,
  credentialId: name,
  publicKey: new Uint8Array([1]),
  counter: 0,
  backupEligible: false,
  backupState: false,
  userVerified: true,
  attestationTrust: 'none',
  transports: ['internal'],
  algorithm: -7,
  aaguid: '00000000-0000-0000-0000-000000000000',
  keyProtection: [],
  state: 'active',
  ...more,
});

export const holder = (name: string, ...credentials: Credential[]): Holder => ({
  subject: `subject-${name}`,
  pseudonym: `p_${name}`,
  userHandle: `handle-${name}`,
  shown: { userName: name, displayName: name },
  credentials,
  keys: { wrappedDataKey: new Uint8Array(), wrappedTenantKey: new Uint8Array() },
});

type Judged = Proven | (Refusal & { clause: string });

/** Neighbours with a memory: what was spent stays spent, what was called is in `calls`, in order. */
export class World implements Ports {
  readonly calls: string[] = [];
  readonly refusals: RefusalRecord[] = [];
  readonly authentications: Authentication[] = [];
  readonly spentGrants = new Set<string>();
  people: Record<string, Holder> = {
    ann: holder('ann', credential('key'), credential('phone')),
    bob: holder('bob', credential('bobs')),
  };
  application: Application = {
    tenant: 'tenant',
    clientId: 'web',
    type: 'web',
    rpId: 'bank.example',
    origins: ['https://bank.example'],
    policy: POLICY,
  };
  /** The verdict of the standard's list on the next proof. */
  judged: Judged = PROVEN;
  risky: RiskVerdict = ALLOW;
  /** What session says of the next proof of possession. */
  proven: { jkt: string; dpopNonce: string } | Error = { jkt: '', dpopNonce: '' };
  /** Ids that nobody was ever shown. */
  forgettable = new Set<string>();
  recorded: 'advanced' | 'not advanced' = 'advanced';
  /** Happens just before a use is recorded. */
  meanwhile: () => void = () => undefined;
  readonly grants: Ports['grants'];
  private readonly open = new Map<string, { target: string; subject: string; context: Uint8Array }>();
  private readonly readable = new Map<string, Grant>();
  private issued = 0;

  constructor(policy: Partial<CeremonyPolicy> = {}) {
    this.application = { ...this.application, policy: { ...POLICY, ...policy } };
    this.grants = {
      read: (jws) => Promise.resolve(this.readable.get(jws) ?? { refused: 'signature' }),
      spend: ({ grant }) => {
        this.calls.push('spend');
        if (this.spentGrants.has(grant.jti)) return Promise.resolve('spent');
        this.spentGrants.add(grant.jti);
        return Promise.resolve('redeemed');
      },
    };
  }

  /** What a browser would send back for the options given. */
  answer(options: string, credentialId: string): string {
    const { challenge } = JSON.parse(options) as { challenge: string };
    return JSON.stringify({ credentialId, challenge });
  }

  signed(jws: string, grant: Grant): string {
    this.readable.set(jws, grant);
    return jws;
  }

  get refusal(): RefusalRecord {
    return this.refusals.at(-1)!;
  }

  now = (): number => NOW;

  applications: Ports['applications'] = {
    byClient: (clientId) => {
      if (clientId !== this.application.clientId) throw refuse('client_unknown');
      return this.application;
    },
    policyOf: (_, clientId) => (clientId === this.application.clientId ? this.application.policy : undefined),
  };

  challenges: Ports['challenges'] = {
    issue: (target, subject, context) => {
      this.calls.push('issue');
      const challenge = `challenge-${++this.issued}`;
      this.open.set(challenge, { target: JSON.stringify(target, SORTED), subject, context });
      return Promise.resolve(challenge);
    },
    redeem: (target, challenge) => {
      this.calls.push('redeem');
      const found = this.open.get(challenge);
      this.open.delete(challenge);
      if (found?.target !== JSON.stringify(target, SORTED)) throw refuse('challenge_spent');
      return Promise.resolve({ subject: found.subject, context: found.context, issuedAt: NOW * 1000 });
    },
  };

  credentials: Ports['credentials'] = {
    byUserName: (_, name) => Promise.resolve(this.named(this.people[name])),
    bySubject: (_, subject) => {
      const found = this.personWith((each) => each.subject === subject);
      const active = found && { ...found, credentials: found.credentials.filter(({ state }) => state === 'active') };
      return Promise.resolve({ allowed: this.named(active).allowed, held: found?.credentials ?? [] });
    },
    byCredentialId: (_, id) => {
      this.calls.push('look up');
      const found = this.personWith(({ credentials }) => credentials.some(({ credentialId }) => credentialId === id));
      return Promise.resolve({ holder: found, forgettable: this.forgettable.has(id) });
    },
    recordUse: () => {
      this.calls.push('record use');
      this.meanwhile();
      return Promise.resolve(this.recorded);
    },
    suspend: (_, id) => {
      this.calls.push(`suspend ${id}`);
      return Promise.resolve();
    },
  };

  proofs: Ports['proofs'] = {
    read: (text) => {
      const read = JSON.parse(text) as Partial<Presented>;
      if (!read.challenge || !read.credentialId) throw refuse('credential_malformed');
      return { challenge: read.challenge, credentialId: read.credentialId, response: read };
    },
    judge: (_, expected) => {
      this.calls.push(expected.credential ? 'judge' : 'judge nobody');
      return this.judged;
    },
    options: (request) => JSON.stringify(request),
  };

  risk: Ports['risk'] = {
    assess: ({ counterReplayed }) => {
      this.calls.push(counterReplayed ? 'assess replayed' : 'assess');
      return Promise.resolve(this.risky);
    },
  };

  sessions: Ports['sessions'] = {
    checkProof: (_, proof) => {
      this.calls.push(`checkProof ${proof?.proof}`);
      if (this.proven instanceof Error) return Promise.reject(this.proven);
      return Promise.resolve(this.proven);
    },
    establish: (authentication) => {
      this.calls.push('establish');
      this.authentications.push(authentication);
      const tokens = {
        accessToken: 'at',
        refreshToken: 'rt',
        expiresIn: 420,
        cookie: '',
        csrfToken: '',
        tokenType: 'Bearer',
      };
      return Promise.resolve({ session: 'new', ...tokens });
    },
    elevate: (_, authentication) => {
      this.calls.push('elevate');
      this.authentications.push(authentication);
      return Promise.resolve({ accessToken: 'higher', expiresIn: 420, tokenType: 'Bearer' });
    },
    grant: (_, action, authentication) => {
      this.calls.push(`grant ${action.name}`);
      this.authentications.push(authentication);
      return Promise.resolve({ grant: 'jws', expiresIn: 60 });
    },
  };

  records: Ports['records'] = {
    refused: (record) => {
      this.refusals.push(record);
      return Promise.resolve();
    },
  };

  private named(found: Holder | undefined) {
    const real = found?.credentials.map(({ credentialId }) => ({ credentialId, transports: ['internal', 'hybrid'] }));
    return { subject: found?.subject ?? '', allowed: real ?? [{ credentialId: 'decoy', transports: ['internal'] }] };
  }

  private personWith(fits: (person: Holder) => boolean): Holder | undefined {
    return Object.values(this.people).find(fits);
  }
}

const SORTED = ['tenant', 'clientId', 'purpose'];

export const refusedBy = (code: Code, clause: string): Judged => ({ ...reject(code), clause });

export const ACTION: BoundAction = { name: 'payee.add', hash: 'q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k' };

/** The code a promise was refused with, or `passed`. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'passed',
    (error: { code?: string }) => error.code ?? String(error),
  );
