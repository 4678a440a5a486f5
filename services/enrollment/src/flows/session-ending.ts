import { uuidv7 } from '@countersign/kernel';
import { ownCall, type CallMeta } from '@countersign/platform';
import type { Parts } from '../parts.js';
import type { DeviceEnding } from '../store/device-endings.js';

const BATCH = 50;
const WITHIN_MS = 2_000;

/**
 * Ends the sessions of a device that was suspended or revoked: at once, and if that fails or the process dies, by the
 * worker until session has answered. Ending twice changes nothing.
 */
export class SessionEnding {
  constructor(private readonly parts: Pick<Parts, 'endings' | 'sessions' | 'log'>) {}

  /** Right after the commit. The change stands whatever comes of this. */
  async now(ending: DeviceEnding, call: CallMeta): Promise<void> {
    await this.end(ending, call).catch((error: unknown) => {
      this.parts.log.warn('device.ending_delayed', { tenant: ending.tenant, credential: ending.credential, error });
    });
  }

  /** All that is due; one that fails does not hold up the others, and is due again later. */
  async work(): Promise<void> {
    for (let claimed = BATCH; claimed === BATCH;) {
      const due = await this.parts.endings.claim(BATCH);
      await Promise.all(due.map((ending) => this.now(ending, ownCall(uuidv7(), WITHIN_MS))));
      claimed = due.length;
    }
  }

  private async end(ending: DeviceEnding, call: CallMeta): Promise<void> {
    const { tenant, credential, reason } = ending;
    await this.parts.sessions.endDevice({ tenant, credential, reason }, call);
    await this.parts.endings.done(ending);
  }
}
