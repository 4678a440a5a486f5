import { createPublicKey } from 'node:crypto';
import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { refuse } from '@countersign/kernel';
import type { Binding, HeldKey, KeyEngine, NewKey, Point } from '@countersign/keys';
import type { KmsCaller } from './kms-caller.js';
import type { KmsDirectory } from './kms-directory.js';
import { toTags, type KeyTags } from './key-tags.js';
import { rawSignature } from './raw-signature.js';

/** In front of every key id of this driver. */
export const AWS_KMS_DRIVER = 'aws-kms';

const SPECS = {
  sign: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  wrap: { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
} as const;
/** The least that KMS lets a key wait for its deletion. */
const WAIT_DAYS = 7;

/** KMS binds it, shows it in its audit trail, and demands it again: ids only, never personal data. */
const contextOf = ({ header, context }: Binding): Record<string, string> => ({
  ...context,
  'countersign:key': Buffer.from(header.subarray(2)).toString('utf8'),
});

/** Private keys that AWS KMS makes, keeps and uses. */
export class KmsEngine implements KeyEngine {
  readonly driver = AWS_KMS_DRIVER;
  /** KMS refuses keys that are disabled, so what we know of a key may be older. */
  readonly trustMs = 30_000;

  constructor(
    private readonly kms: KmsCaller,
    private readonly directory: KmsDirectory,
  ) {}

  async versions(name: string): Promise<HeldKey[]> {
    const found: HeldKey[] = [];
    for (let version = 1; ; version++) {
      const described = await this.directory.describe(name, version);
      if (!described) return found;
      found.push(described.held);
    }
  }

  names = (): Promise<string[]> => this.directory.names();

  /** The alias decides who was first; a key that lost has never been used and is deleted. */
  async make({ name, version, use, activatedAt }: NewKey): Promise<void> {
    const tags = toTags({ name, version, use, ...(activatedAt && { activatedAt }) });
    const create = new CreateKeyCommand({ ...SPECS[use], Tags: tags, Description: `countersign ${name} ${version}` });
    const made = await this.kms.call((client, options) => client.send(create, options));
    const id = made.KeyMetadata!.KeyId!;
    if (use === 'sign') await this.tag(id, await this.pointOf(id));
    if (await this.directory.claim(name, version, id)) return;
    const command = new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: WAIT_DAYS });
    await this.kms.call((client, options) => client.send(command, options));
  }

  activate = (key: HeldKey, at: Date): Promise<void> => this.tag(key.ref, { activatedAt: at });

  /** First KMS, which refuses from then on whoever asks; then the tag, so that enabling it there revives nothing here. */
  async disable(key: HeldKey, at: Date): Promise<void> {
    const command = new DisableKeyCommand({ KeyId: key.ref });
    await this.kms.call((client, options) => client.send(command, options));
    await this.tag(key.ref, { disabledAt: at });
  }

  async sign(key: HeldKey, digest: Uint8Array): Promise<Uint8Array> {
    const command = new SignCommand({
      KeyId: key.ref,
      Message: digest,
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
    });
    return rawSignature((await this.kms.call((client, options) => client.send(command, options))).Signature!);
  }

  /** KMS tells it only while the key is enabled. The tags are asked for what is disabled: that verifies no new token. */
  async publicKey(key: HeldKey): Promise<Point> {
    if (!key.halt) return this.pointOf(key.ref);
    const { x, y } = (await this.directory.describe(key.name, key.version))?.tags ?? {};
    if (!x || !y) throw refuse('key_unknown', {}, `no public half of ${key.ref} is kept`);
    return { x, y };
  }

  async wrap(key: HeldKey, plaintext: Uint8Array, binding: Binding): Promise<Uint8Array> {
    const command = new EncryptCommand({ KeyId: key.ref, Plaintext: plaintext, EncryptionContext: contextOf(binding) });
    return (await this.kms.call((client, options) => client.send(command, options))).CiphertextBlob!;
  }

  async unwrap(key: HeldKey, body: Uint8Array, binding: Binding): Promise<Uint8Array> {
    if (body.length === 0) throw refuse('seal_refused', {}, 'truncated');
    const command = new DecryptCommand({
      KeyId: key.ref,
      CiphertextBlob: body,
      EncryptionContext: contextOf(binding),
    });
    return (await this.kms.call((client, options) => client.send(command, options))).Plaintext!;
  }

  async close(): Promise<void> {
    this.kms.close();
  }

  private async tag(keyId: string, tags: Partial<KeyTags>): Promise<void> {
    const command = new TagResourceCommand({ KeyId: keyId, Tags: toTags(tags) });
    await this.kms.call((client, options) => client.send(command, options));
  }

  private async pointOf(keyId: string): Promise<Point> {
    const command = new GetPublicKeyCommand({ KeyId: keyId });
    const { PublicKey } = await this.kms.call((client, options) => client.send(command, options));
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    const { crv, x, y } = key.export({ format: 'jwk' });
    if (crv !== 'P-256' || !x || !y) throw refuse('key_conflict', {}, `${keyId} is no P-256 key`);
    return { x, y };
  }
}
