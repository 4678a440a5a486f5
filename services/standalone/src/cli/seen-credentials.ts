import { createHash } from 'node:crypto';

/** Credentials that are remembered: some 200 bytes each, so 200 MB at most. */
const MOST = 1_000_000;
/** Of a SHA-256: among a million, two that are different are never taken for one. */
const CHARACTERS = 20;

/**
 * Credentials of a file that came before. A dry run keeps nothing, so the service cannot know them from another batch.
 * Memory is bounded: what comes after the first million is not remembered, and still held against those.
 */
export class SeenCredentials {
  private readonly owners = new Map<string, string>();

  constructor(private readonly most = MOST) {}

  /** Whether the file goes on beyond what is remembered: then a further one may be there twice. */
  get isFull(): boolean {
    return this.owners.size >= this.most;
  }

  /**
   * What an import would make of a line that the service would take.
   * @returns `known`: the same line's credential came before; `taken`: for somebody else or with another key
   */
  judge(line: string): 'new' | 'known' | 'taken' {
    const { credentialId, reference, publicKey } = JSON.parse(line) as Record<string, unknown>;
    const owner = digest([reference, publicKey]);
    const earlier = this.owners.get(digest(credentialId));
    if (earlier !== undefined) return earlier === owner ? 'known' : 'taken';
    if (!this.isFull) this.owners.set(digest(credentialId), owner);
    return 'new';
  }
}

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, CHARACTERS);
