import { statesOf, type HeldState } from './held-states.js';
import type { KeyEngine } from './key-engine.js';
import { keyNameOf } from './key-id.js';

interface Known {
  at: number;
  states: HeldState[];
}

/** How long an answer counts as one of this moment, milliseconds. */
const RECENT_MS = 1_000;

/** What the engine said of each name, for as long as it may be believed. Callers at once share one question. */
export class KeyDirectory {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<HeldState[]>>();

  constructor(private readonly engine: KeyEngine) {}

  /** As the engine says now. */
  async now(name: string): Promise<HeldState[]> {
    const asked = performance.now();
    const states = statesOf(this.engine.driver, await this.engine.versions(name));
    if (asked >= (this.known.get(name)?.at ?? -Infinity)) this.known.set(name, { at: asked, states });
    return states;
  }

  /** At most `maxAge` milliseconds old. */
  async recent(name: string, maxAge = RECENT_MS): Promise<HeldState[]> {
    const known = this.known.get(name);
    if (known && performance.now() - known.at <= maxAge) return known.states;
    const running = this.asking.get(name);
    if (running) return running;
    const asked = this.now(name).finally(() => this.asking.delete(name));
    this.asking.set(name, asked);
    return asked;
  }

  /** The version a key id names, usable as far as is known; what is unknown or not in use yet is asked for again. */
  async find(keyId: string): Promise<HeldState | undefined> {
    const name = keyNameOf(this.engine.driver, keyId);
    if (name === undefined) return undefined;
    const among = (states: HeldState[]) => states.find(({ info }) => info.id === keyId);
    const found = among(await this.recent(name, this.engine.trustMs));
    return found && found.info.state !== 'next' ? found : among(await this.now(name));
  }

  forget(name: string): void {
    this.known.delete(name);
  }
}
