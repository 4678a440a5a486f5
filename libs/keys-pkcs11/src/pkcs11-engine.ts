import { randomBytes } from 'node:crypto';
import { canonicalBytes, refuse, toBase64Url } from '@countersign/kernel';
import type { Binding, HeldKey, KeyEngine, NewKey, Point } from '@countersign/keys';
import {
  CKA_CLASS,
  CKA_EC_POINT,
  CKA_ID,
  CKA_LABEL,
  CKM_AES_GCM,
  CKM_AES_KEY_GEN,
  CKM_ECDSA,
  CKM_EC_KEY_PAIR_GEN,
  CKO_PRIVATE_KEY,
  CKO_PUBLIC_KEY,
  CKO_SECRET_KEY,
  cryptokiCode,
  type Attribute,
  type Cryptoki,
  type Handle,
  type Mechanism,
} from './cryptoki.js';
import { labelOf, readLabel } from './key-label.js';
import { privateTemplate, publicTemplate, secretTemplate, withoutUse } from './templates.js';
import type { Token } from './token.js';

/** In front of every key id of this driver. */
export const PKCS11_DRIVER = 'pkcs11';

const NONCE = 12;
const TAG = 16;
const POINT = 65;
const CLASSES = [
  [CKO_PRIVATE_KEY, 'sign'],
  [CKO_SECRET_KEY, 'wrap'],
] as const;
/** What a token may answer to bytes that do not open; SoftHSM and others differ. */
const NOT_OPENED = new Set([
  'CKR_ENCRYPTED_DATA_INVALID',
  'CKR_ENCRYPTED_DATA_LEN_RANGE',
  'CKR_AEAD_DECRYPT_FAILED',
  'CKR_GENERAL_ERROR',
  'CKR_FUNCTION_FAILED',
  'CKR_DATA_INVALID',
]);

/** AES-256-GCM with a nonce of ours; associated data are the header and the context (PKCS #11 v2.40 §2.12.4). */
const gcm = (iv: Buffer, { header, context }: Binding): Mechanism => ({
  mechanism: CKM_AES_GCM,
  parameter: {
    type: CK_PARAMS_AES_GCM,
    iv,
    aad: Buffer.concat([header, canonicalBytes(context)]),
    ivBits: NONCE * 8,
    tagBits: TAG * 8,
  },
});
/** pkcs11js's number for the parameters of PKCS #11 v2.40. */
const CK_PARAMS_AES_GCM = 7;

/** Private keys that a token makes, keeps and uses; nothing of them is ever in this process. */
export class Pkcs11Engine implements KeyEngine {
  readonly driver = PKCS11_DRIVER;
  readonly trustMs = 1_000;

  constructor(
    private readonly token: Token,
    /** Whose keys of the token these are. */
    private readonly namespace: string,
  ) {}

  versions(name: string): Promise<HeldKey[]> {
    return this.token.use(async (cryptoki, session) => {
      const found: HeldKey[] = [];
      for (let version = 1; ; version++) {
        const keys = this.read(cryptoki, session, name, version);
        if (keys.length === 0) return found;
        found.push(...keys);
      }
    });
  }

  names(): Promise<string[]> {
    return this.token.use(async (cryptoki, session) => {
      const ids = CLASSES.flatMap(([type]) =>
        find(cryptoki, session, [{ type: CKA_CLASS, value: type }]).map((object) =>
          attribute(cryptoki, session, object, CKA_ID).toString('utf8'),
        ),
      );
      const first = ids.filter((id) => id.startsWith(`${this.namespace}:`) && id.endsWith('/1'));
      return [...new Set(first.map((id) => id.slice(this.namespace.length + 1, -2)))];
    });
  }

  async make({ name, version, use, activatedAt }: NewKey): Promise<void> {
    const id = this.idOf(name, version);
    const label = labelOf(id, { createdAt: new Date(), ...(activatedAt && { activatedAt }) });
    await this.token.use(async (cryptoki, session) => {
      if (this.read(cryptoki, session, name, version).length > 0) return;
      if (use === 'wrap')
        await cryptoki.C_GenerateKeyAsync(session, { mechanism: CKM_AES_KEY_GEN }, secretTemplate(id, label));
      else
        await cryptoki.C_GenerateKeyPairAsync(
          session,
          { mechanism: CKM_EC_KEY_PAIR_GEN },
          publicTemplate(id, label),
          privateTemplate(id, label),
        );
    });
  }

  activate = (key: HeldKey, at: Date): Promise<void> => this.relabel(key, { ...key, activatedAt: at });

  /** The label is ours to read; the token is told besides that the key may do nothing any more, if it takes that. */
  async disable(key: HeldKey, at: Date): Promise<void> {
    await this.relabel(key, { ...key, disabledAt: at });
    await this.token.use(async (cryptoki, session) => {
      const handle = await this.handleOf(key, cryptoki, session);
      try {
        cryptoki.C_SetAttributeValue(session, handle, withoutUse(key));
      } catch (error) {
        if (!REFUSED.has(cryptokiCode(error) ?? '')) throw error;
      }
    });
  }

  sign(key: HeldKey, digest: Uint8Array): Promise<Uint8Array> {
    return this.token.use(async (cryptoki, session) => {
      cryptoki.C_SignInit(session, { mechanism: CKM_ECDSA }, await this.handleOf(key, cryptoki, session));
      return cryptoki.C_SignAsync(session, Buffer.from(digest), Buffer.alloc(64));
    });
  }

  publicKey(key: HeldKey): Promise<Point> {
    return this.token.use(async (cryptoki, session) => {
      const id = Buffer.from(this.idOf(key.name, key.version));
      const [object] = find(cryptoki, session, [
        { type: CKA_CLASS, value: CKO_PUBLIC_KEY },
        { type: CKA_ID, value: id },
      ]);
      if (!object) throw refuse('key_unknown', {}, `the token has no public half of ${id.toString()}`);
      return pointOf(attribute(cryptoki, session, object, CKA_EC_POINT));
    });
  }

  async wrap(key: HeldKey, plaintext: Uint8Array, binding: Binding): Promise<Uint8Array> {
    const nonce = randomBytes(NONCE);
    const sealed = await this.token.use(async (cryptoki, session) => {
      cryptoki.C_EncryptInit(session, gcm(nonce, binding), await this.handleOf(key, cryptoki, session));
      return cryptoki.C_EncryptAsync(session, Buffer.from(plaintext), Buffer.alloc(plaintext.length + TAG));
    });
    return Buffer.concat([nonce, sealed]);
  }

  async unwrap(key: HeldKey, body: Uint8Array, binding: Binding): Promise<Uint8Array> {
    if (body.length < NONCE + TAG) throw refuse('seal_refused', {}, 'truncated');
    const [nonce, sealed] = [Buffer.from(body.subarray(0, NONCE)), Buffer.from(body.subarray(NONCE))];
    return this.token.use(async (cryptoki, session) => {
      cryptoki.C_DecryptInit(session, gcm(nonce, binding), await this.handleOf(key, cryptoki, session));
      try {
        return await cryptoki.C_DecryptAsync(session, sealed, Buffer.alloc(sealed.length));
      } catch (error) {
        if (NOT_OPENED.has(cryptokiCode(error) ?? '')) throw refuse('seal_refused', {}, 'does not open');
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.token.close();
  }

  private idOf = (name: string, version: number): string => `${this.namespace}:${name}/${version}`;

  private read(cryptoki: Cryptoki, session: Handle, name: string, version: number): HeldKey[] {
    const id = this.idOf(name, version);
    return CLASSES.flatMap(([type, use]) =>
      withId(cryptoki, session, type, id).flatMap((object): HeldKey[] => {
        const life = readLabel(attribute(cryptoki, session, object, CKA_LABEL).toString('utf8'));
        if (!life) return [];
        const { disabledAt, ...times } = life;
        const ref = `${id} ${life.createdAt.getTime()} ${toBase64Url(object)}`;
        return [{ name, version, use, ...times, ...(disabledAt && { halt: 'disabled' }), ref }];
      }),
    );
  }

  private async relabel(key: HeldKey, life: Parameters<typeof labelOf>[1]): Promise<void> {
    const label = labelOf(this.idOf(key.name, key.version), life);
    await this.token.use(async (cryptoki, session) => {
      const handle = await this.handleOf(key, cryptoki, session);
      cryptoki.C_SetAttributeValue(session, handle, [{ type: CKA_LABEL, value: label }]);
    });
  }

  private handleOf(key: HeldKey, cryptoki: Cryptoki, session: Handle): Promise<Handle> {
    const id = this.idOf(key.name, key.version);
    const [type] = CLASSES.find(([, use]) => use === key.use)!;
    return this.token.handle(id, () => withId(cryptoki, session, type, id)[0]);
  }
}

const REFUSED = new Set(['CKR_ATTRIBUTE_READ_ONLY', 'CKR_ACTION_PROHIBITED', 'CKR_TEMPLATE_INCONSISTENT']);

const withId = (cryptoki: Cryptoki, session: Handle, type: number, id: string): Handle[] =>
  find(cryptoki, session, [
    { type: CKA_CLASS, value: type },
    { type: CKA_ID, value: Buffer.from(id) },
  ]);

/** All objects that match, read to the end: a token gives them in portions. */
function find(cryptoki: Cryptoki, session: Handle, template: Attribute[]): Handle[] {
  cryptoki.C_FindObjectsInit(session, template);
  try {
    const found: Handle[] = [];
    for (;;) {
      const portion = cryptoki.C_FindObjects(session, 100);
      found.push(...portion);
      if (portion.length === 0) return found;
    }
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
}

const attribute = (cryptoki: Cryptoki, session: Handle, object: Handle, type: number): Buffer =>
  cryptoki.C_GetAttributeValue(session, object, [{ type }])[0]!.value;

/** CKA_EC_POINT is an OCTET STRING around 04 ‖ x ‖ y; some tokens leave the wrapping out. */
function pointOf(value: Buffer): Point {
  const point = value.length === POINT + 2 && value[0] === 4 && value[1] === POINT ? value.subarray(2) : value;
  if (point.length !== POINT || point[0] !== 4)
    throw refuse('key_store_unavailable', {}, 'CKA_EC_POINT is no P-256 point');
  return { x: toBase64Url(point.subarray(1, 33)), y: toBase64Url(point.subarray(33)) };
}
