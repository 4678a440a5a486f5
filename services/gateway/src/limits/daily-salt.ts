import { createHmac, randomBytes } from 'node:crypto';

/** The day's key of hashes, the same in every replica; afterwards nobody has it. */
export class DailySalt {
  private salt: Uint8Array = randomBytes(32);
  private day = '';

  constructor(private readonly today: (fresh: Uint8Array) => Promise<Uint8Array>) {}

  /** To be called every second or so; asks only when the day has changed. */
  async refresh(now = new Date()): Promise<void> {
    const day = now.toISOString().slice(0, 10);
    if (day === this.day) return;
    this.salt = await this.today(randomBytes(32));
    this.day = day;
  }

  /** 16 bytes of HMAC-SHA-256, hex. */
  hash(text: string): string {
    return createHmac('sha256', this.salt).update(text).digest('hex').slice(0, 32);
  }
}
