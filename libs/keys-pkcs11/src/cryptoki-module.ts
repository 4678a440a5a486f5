import { refuse } from '@countersign/kernel';
import { CKF_OS_LOCKING_OK, cryptokiCode, type Cryptoki } from './cryptoki.js';

/** Optional, because it is compiled where it is installed: named so that nothing resolves it before it is needed. */
const BINDING: string = 'pkcs11js';

async function loadBinding(): Promise<Cryptoki> {
  try {
    const loaded = (await import(BINDING)) as { default: { PKCS11: new () => Cryptoki } };
    return new loaded.default.PKCS11();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : '';
    throw refuse('key_store_unavailable', {}, `the package pkcs11js is not installed or did not compile: ${reason}`);
  }
}

/** The least time between two starts, milliseconds: whoever asks meanwhile for a token that is away is told so. */
const PAUSE_MS = 250;

const modules = new Map<string, CryptokiModule>();

/**
 * One PKCS#11 module in this process. It is initialised once per process by its nature, so all stores on it share this:
 * whoever starts it anew waits until nothing runs in it, and everything else waits meanwhile.
 */
export class CryptokiModule {
  private users = 0;
  private running = 0;
  private drained: (() => void) | undefined;
  private restarting: Promise<void> | undefined;
  private startedAgainAt = -Infinity;
  /** Counts starts: what was opened under an earlier one is gone. */
  generation = 0;

  private constructor(
    private readonly path: string,
    private readonly cryptoki: Cryptoki,
  ) {}

  /** @throws `key_store_unavailable` when pkcs11js or the module cannot be loaded */
  static async open(path: string): Promise<CryptokiModule> {
    const known = modules.get(path) ?? new CryptokiModule(path, await loadBinding());
    const module = modules.get(path) ?? known;
    modules.set(path, module);
    if (module.users === 0) module.load();
    module.users += 1;
    return module;
  }

  private load(): void {
    try {
      this.cryptoki.load(this.path);
      this.initialize();
    } catch (error) {
      modules.delete(this.path);
      throw refuse('key_store_unavailable', {}, cryptokiCode(error) ?? `cannot load ${this.path}`);
    }
  }

  /** Without CKF_OS_LOCKING_OK, signatures at the same time crash the process: calls run on threads of the pool. */
  private initialize(): void {
    try {
      this.cryptoki.C_Initialize({ flags: CKF_OS_LOCKING_OK });
    } catch (error) {
      if (cryptokiCode(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') throw error;
    }
    this.generation += 1;
  }

  async run<T>(work: (cryptoki: Cryptoki) => Promise<T>): Promise<T> {
    while (this.restarting) await this.restarting;
    this.running += 1;
    try {
      return await work(this.cryptoki);
    } finally {
      this.running -= 1;
      if (this.running === 0) this.drained?.();
    }
  }

  /**
   * Finalises and initialises, once nothing runs: what it takes for a module to see a token that was away.
   * @param seen the generation the caller found broken; a later one is a start that happened already
   * @throws `key_store_unavailable` when it was started anew just now
   */
  async restart(seen: number): Promise<void> {
    if (this.restarting) return this.restarting;
    if (this.generation !== seen) return;
    if (performance.now() - this.startedAgainAt < PAUSE_MS)
      throw refuse('key_store_unavailable', {}, 'the token is away');
    this.restarting = this.startAgain().finally(() => (this.restarting = undefined));
    return this.restarting;
  }

  private async startAgain(): Promise<void> {
    await this.idle();
    this.startedAgainAt = performance.now();
    this.finalize();
    this.initialize();
  }

  private async idle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((done) => (this.drained = done));
    this.drained = undefined;
  }

  private finalize(): void {
    try {
      this.cryptoki.C_Finalize();
    } catch (error) {
      if (cryptokiCode(error) !== 'CKR_CRYPTOKI_NOT_INITIALIZED') throw error;
    }
  }

  /** The last user finalises. */
  async close(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    modules.delete(this.path);
    await this.idle();
    this.finalize();
    this.cryptoki.close();
  }
}
