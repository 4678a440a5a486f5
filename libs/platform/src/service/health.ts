/** Liveness is the process; readiness is every named condition at once, and not draining. */
export class Health {
  private readonly checks = new Map<string, () => boolean>();
  private draining = false;

  /** A condition without which the service should get no traffic. */
  require(name: string, check: () => boolean): void {
    this.checks.set(name, check);
  }

  drain(): void {
    this.draining = true;
  }

  /** Names of the conditions that do not hold. */
  failing(): string[] {
    const failing = [...this.checks].filter(([, check]) => !check()).map(([name]) => name);
    return this.draining ? ['draining', ...failing] : failing;
  }

  ready = (): boolean => this.failing().length === 0;
}

/** Ready when all are: for one process that runs several services. */
export function combinedHealth(parts: () => readonly { name: string; health: Health }[]): Health {
  const combined = new Health();
  combined.failing = () => parts().flatMap(({ name, health }) => health.failing().map((check) => `${name}.${check}`));
  return combined;
}
